import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { Reader, ZipReader, ZipWriter, configure, type FileEntry } from '@zip.js/zip.js'
import { rowCounter } from './format-csv'
import { readMe, type Manifest } from './manifest'

// The work is done here; its workers would only copy every byte once more.
configure({ useWebWorkers: false })

export interface CsvFacts {
  bytes: number
  /** hex */
  sha256: string
}

/**
 * Writes the archive of a batch (AES-256 of WinZip's AE-2) in constant memory: `read-me.txt` in the
 * clear, then `claims.csv` and `manifest.json` under the passphrase. Names are ASCII and say nothing,
 * because a ZIP shows its names to everyone. The manifest is made when the size and hash of the CSV are known.
 */
export async function writeArchive(
  handle: FileHandle,
  passphrase: string,
  madeAt: Date,
  csv: AsyncIterable<Buffer>,
  describe: (csv: CsvFacts) => Manifest,
): Promise<Manifest> {
  const output = new WritableStream<Uint8Array>({
    write: async (chunk) => {
      await handle.writeFile(chunk)
    },
  })
  const secret = { password: passphrase, encryptionStrength: 3 as const }
  const zip = new ZipWriter(output, { lastModDate: madeAt, useUnicodeFileNames: true })
  await zip.add('read-me.txt', textStream(readMe()))

  const hash = createHash('sha256')
  let bytes = 0
  const measured = async function* () {
    for await (const chunk of csv) {
      hash.update(chunk)
      bytes += chunk.length
      yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    }
  }
  await zip.add('claims.csv', streamOf(measured()), secret)
  const manifest = describe({ bytes, sha256: hash.digest('hex') })
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  await zip.add('manifest.json', textStream(text), secret)
  await zip.close()
  return manifest
}

/**
 * Opens a finished archive as the firm will, and checks that the CSV in it has the hash, size and rows
 * of the manifest in it.
 * @throws Error when anything differs or the passphrase does not open it
 */
export async function checkArchive(
  path: string,
  passphrase: string,
  expected: Manifest,
): Promise<void> {
  const handle = await open(path, 'r')
  try {
    const zip = new ZipReader(new FileReader(handle, (await handle.stat()).size))
    const entries = new Map((await zip.getEntries()).map((entry) => [entry.filename, entry]))
    const read = async (name: string, sink: (chunk: Uint8Array) => void) => {
      const entry = entries.get(name)
      if (!entry || entry.directory || !entry.encrypted) {
        throw new Error('An archive does not hold what it should.')
      }
      const output = new WritableStream<Uint8Array>({ write: sink })
      await (entry as FileEntry).getData(output, { password: passphrase, checkSignature: true })
    }
    const hash = createHash('sha256')
    const counter = rowCounter()
    let bytes = 0
    await read('claims.csv', (chunk) => {
      hash.update(chunk)
      counter.add(chunk)
      bytes += chunk.length
    })
    const parts: Uint8Array[] = []
    await read('manifest.json', (chunk) => void parts.push(chunk.slice()))
    await zip.close()

    const inside = JSON.parse(Buffer.concat(parts).toString('utf8')) as Manifest
    const sha256 = hash.digest('hex')
    for (const { file, claims } of [inside, expected]) {
      if (file.sha256 !== sha256 || file.bytes !== bytes || claims.rows !== counter.rows()) {
        throw new Error('An archive was read back and is not what was written.')
      }
    }
  } finally {
    await handle.close()
  }
}

/** Reads pieces of a file of any size. */
class FileReader extends Reader<FileHandle> {
  private readonly handle: FileHandle

  constructor(handle: FileHandle, size: number) {
    super(handle)
    this.handle = handle
    this.size = size
  }

  override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - index)))
    const { bytesRead } = await this.handle.read(bytes, 0, bytes.length, index)
    return bytes.subarray(0, bytesRead)
  }
}

/** Pulled one chunk at a time, so that the writer's pace is the reader's. */
function streamOf(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next()
        if (next.done) controller.close()
        else controller.enqueue(next.value)
      },
      async cancel() {
        await chunks.return(undefined)
      },
    },
    { highWaterMark: 1 },
  )
}

function textStream(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream() as ReadableStream<Uint8Array>
}
