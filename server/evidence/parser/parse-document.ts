import { spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { Limits } from '../../limits'
import type { Log } from '../../web/log'
import { packQuestion, unpackAnswer, type ParseAnswer, type ParseQuestion } from './frames'

/** Parses one document in a process of its own; never throws for what is wrong with the document. */
export type Parse = (
  ask: Pick<ParseQuestion, 'task' | 'type'>,
  bytes: Buffer,
) => Promise<ParseAnswer>

export interface ParserDeps {
  /** the compiled parse-child, and what node needs to run it */
  entry: string
  execArgv?: readonly string[]
  log: Log
  limits: Pick<
    Limits,
    | 'parserMs'
    | 'parserMemoryBytes'
    | 'parserAnswerBytes'
    | 'viewMaxPixels'
    | 'viewPages'
    | 'viewSidePixels'
  >
}

const watchMs = 50
const heapMegabytes = 256

/**
 * Documents go to the child and pages come back over pipes, never by the disk. It has no environment, so
 * neither a key nor an address of the database; past its time, its memory or the size of its answer it is
 * killed, and the document cannot be shown.
 */
export function createParser({ entry, execArgv = [], log, limits }: ParserDeps): Parse {
  return async ({ task, type }, bytes) => {
    const question: ParseQuestion = {
      task,
      type,
      pages: limits.viewPages,
      side: limits.viewSidePixels,
      pixels: limits.viewMaxPixels,
    }
    const child = spawn(
      process.execPath,
      [`--max-old-space-size=${heapMegabytes}`, ...execArgv, entry],
      { env: bareEnvironment(), stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true },
    )
    const ended = watch(child, limits)
    // A child that was killed stops reading; that is told by how it ended.
    child.stdin.on('error', () => {})
    for (const part of packQuestion(question, bytes)) child.stdin.write(part)
    child.stdin.end()
    const { output, why } = await ended
    if (why === null) {
      try {
        return unpackAnswer(output)
      } catch {
        // As if it had said nothing.
      }
    }
    log.warn({ task, type, why: why ?? 'no answer' }, 'a document could not be parsed')
    return { problem: 'unreadable' }
  }
}

type End = { output: Buffer; why: null | 'time' | 'memory' | 'size' | 'died' }

function watch(child: ChildProcess, limits: ParserDeps['limits']): Promise<End> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    let why: End['why'] = null
    const kill = (reason: End['why']) => {
      why ??= reason
      child.kill('SIGKILL')
    }
    const timer = setTimeout(() => kill('time'), limits.parserMs)
    const watchdog = setInterval(() => {
      void residentBytes(child.pid).then((bytes) => {
        if (bytes > limits.parserMemoryBytes) kill('memory')
      })
    }, watchMs)
    child.stdout!.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limits.parserAnswerBytes) return kill('size')
      chunks.push(chunk)
    })
    child.on('error', () => {
      why ??= 'died'
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      clearInterval(watchdog)
      if (code !== 0) why ??= 'died'
      resolve({ output: Buffer.concat(chunks), why })
    })
  })
}

/** Memory of a process that is really there. Only Linux tells; elsewhere the limits of the libraries hold. */
async function residentBytes(pid: number | undefined): Promise<number> {
  if (process.platform !== 'linux' || pid === undefined) return 0
  try {
    const [, pages = '0'] = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')
    return Number(pages) * 4096
  } catch {
    return 0
  }
}

/** Windows starts nothing without knowing where it is itself. */
function bareEnvironment(): Record<string, string> {
  const root = process.env['SystemRoot']
  return process.platform === 'win32' && root !== undefined ? { SystemRoot: root } : {}
}
