import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'

/** One signed checkpoint, with the key that it was signed with: the file stands on its own. */
const line = z.strictObject({
  /** Ed25519 public key, base64url */
  key: z.string(),
  note: z.string(),
})

export type FiledCheckpoint = z.infer<typeof line>

const tailBytes = 16 * 1024
const newline = 0x0a

/**
 * The checkpoints outside the database: one JSON object a line, oldest first, only ever appended. What
 * a database that was restored, or rewritten, is held against. A last line that a power cut tore is not
 * there for readers, and gone when the next one is written.
 */
export interface CheckpointFile {
  /** The last line, or null for a file that is empty or not there. */
  last(): Promise<FiledCheckpoint | null>
  /** On disk when this returns. */
  append(checkpoints: FiledCheckpoint[]): Promise<void>
  /** All lines, in constant memory. */
  read(): AsyncGenerator<FiledCheckpoint>
}

export function checkpointFile(path: string): CheckpointFile {
  return {
    async last() {
      const handle = await openIfThere(path)
      if (!handle) return null
      try {
        const { size } = await handle.stat()
        const length = Math.min(size, tailBytes)
        const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length)
        const end = buffer.lastIndexOf(newline)
        if (end === -1) return null
        const start = buffer.lastIndexOf(newline, end - 1) + 1
        return parseLine(buffer.subarray(start, end).toString('utf8'))
      } finally {
        await handle.close()
      }
    },

    async append(checkpoints) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const handle = await open(path, 'a+', 0o600)
      try {
        await cutTornLine(handle)
        await handle.appendFile(checkpoints.map((one) => `${JSON.stringify(one)}\n`).join(''))
        await handle.sync()
      } finally {
        await handle.close()
      }
    },

    async *read() {
      const handle = await openIfThere(path)
      if (!handle) return
      try {
        let rest = ''
        for await (const piece of handle.createReadStream({ encoding: 'utf8', autoClose: false })) {
          const lines = (rest + String(piece)).split('\n')
          rest = lines.pop()!
          for (const text of lines) yield parseLine(text)
        }
      } finally {
        await handle.close()
      }
    },
  }
}

function parseLine(text: string): FiledCheckpoint {
  try {
    return line.parse(JSON.parse(text))
  } catch (cause) {
    throw new Error('the checkpoint file holds a line that is no checkpoint', { cause })
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  return open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
}

async function cutTornLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat()
  const length = Math.min(size, tailBytes)
  const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length)
  const whole = buffer.lastIndexOf(newline) + 1
  if (whole < length) await handle.truncate(size - length + whole)
}
