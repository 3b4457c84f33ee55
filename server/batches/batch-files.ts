import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '../kernel/ids'

/** A finished batch is named after its content, so that two runs can never put one under the other's hash. */
function finalName(batchId: string, sha256: Buffer): string {
  return `${batchId}.${sha256.toString('hex').slice(0, 32)}.zip`
}

function folderOf(home: string): string {
  return join(home, 'batches')
}

/** Where the file of a complete batch lies. */
export function batchFile(home: string, batchId: string, sha256: Buffer): string {
  return join(folderOf(home), finalName(batchId, sha256))
}

export interface UnfinishedFile {
  path: string
  handle: FileHandle
  /** Makes sure that it is on disk and gives it its final name; it is complete under that name or not there. */
  publish(sha256: Buffer): Promise<void>
  /** Closes it and removes it unless it was published. */
  discard(): Promise<void>
}

/**
 * A new file for one run of building a batch, after removing whatever earlier runs of it left: a run
 * that begins again means that those are dead, and an unpublished file belongs to nobody. `current` is
 * the hash of the file that this one is to replace.
 */
export async function beginFile(
  home: string,
  batchId: string,
  current: Buffer | null,
): Promise<UnfinishedFile> {
  const folder = folderOf(home)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await removeFiles(home, batchId, current)
  // A name of its own: should an earlier run still be alive, it cannot touch this one's file.
  const path = join(folder, `${batchId}.${newId()}.part`)
  const handle = await open(path, 'wx+', 0o600)
  let isOpen = true
  let isPublished = false
  const close = async () => {
    if (isOpen) await handle.close()
    isOpen = false
  }
  return {
    path,
    handle,
    async publish(sha256) {
      await handle.sync()
      await close()
      await rename(path, join(folder, finalName(batchId, sha256)))
      isPublished = true
      await syncFolder(folder)
    },
    async discard() {
      await close()
      if (!isPublished) await rm(path, { force: true })
    },
  }
}

/** Removes every file of a batch but the one with this hash, when it has one. */
export async function removeFiles(
  home: string,
  batchId: string,
  current: Buffer | null,
): Promise<void> {
  const folder = folderOf(home)
  const kept = current && finalName(batchId, current)
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  for (const name of names) {
    if (!name.startsWith(`${batchId}.`) || name === kept) continue
    await rm(join(folder, name), { force: true })
  }
}

/** SHA-256 and size in bytes of what is really on disk. */
export async function hashFile(path: string): Promise<{ sha256: Buffer; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
  }
  return { sha256: hash.digest(), bytes }
}

/** A rename is safe from a power cut only once its folder is on disk; not every system can do that. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null)
  await handle?.sync().catch(() => {})
  await handle?.close()
}
