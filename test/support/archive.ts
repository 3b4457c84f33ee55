import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader, type FileEntry } from '@zip.js/zip.js'

const run = promisify(execFile)

/** The entries of an archive by name, read by the library that wrote it. */
export async function unzip(archive: Buffer, password: string): Promise<Record<string, Buffer>> {
  const zip = new ZipReader(new Uint8ArrayReader(new Uint8Array(archive)))
  const found: Record<string, Buffer> = {}
  for (const entry of await zip.getEntries()) {
    const bytes = await (entry as FileEntry).getData(new Uint8ArrayWriter(), {
      password,
      checkSignature: true,
    })
    found[entry.filename] = Buffer.from(bytes)
  }
  await zip.close()
  return found
}

async function find7Zip(): Promise<string | null> {
  for (const name of ['7zz', '7z', '7za']) {
    try {
      await run(name, ['i'])
      return name
    } catch {
      // not this one
    }
  }
  return null
}

/**
 * One entry as the 7-Zip of this machine extracts it, or null where there is none: then only our own
 * reader has a say.
 * @throws Error when the passphrase is wrong
 */
export async function extractWith7Zip(
  archive: Buffer,
  password: string,
  entry: string,
): Promise<Buffer | null> {
  const program = await find7Zip()
  if (program === null) return null
  const folder = await mkdtemp(join(tmpdir(), 'joinder-7zip-'))
  try {
    const path = join(folder, 'batch.zip')
    await writeFile(path, archive)
    await run(program, ['x', '-y', `-p${password}`, `-o${folder}`, path, entry])
    return await readFile(join(folder, entry))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Cells of a CSV file, header first; the byte order mark is taken off. */
export function parseCsv(bytes: Buffer): string[][] {
  const text = bytes.toString('utf8').replace(/^\ufeff/, '')
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (quoted) {
      if (character !== '"') cell += character
      else if (text[at + 1] === '"') cell += text[++at]
      else quoted = false
    } else if (character === '"') quoted = true
    else if (character === ',') {
      row.push(cell)
      cell = ''
    } else if (character === '\r' && text[at + 1] === '\n') {
      row.push(cell)
      rows.push(row)
      row = []
      cell = ''
      at++
    } else cell += character
  }
  return rows
}
