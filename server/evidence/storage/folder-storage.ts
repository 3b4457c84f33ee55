import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isObjectId, StorageMissing, type Storage } from './storage'

/** A folder of this machine; files stand in 256 folders by the first two digits of their ids. */
export function folderStorage(folder: string): Storage {
  const folderOf = (id: string) => join(folder, id.slice(0, 2))
  const pathOf = (id: string) => {
    if (!isObjectId(id)) throw new Error('not the name of a stored file')
    return join(folderOf(id), id)
  }
  return {
    async put(id, bytes) {
      const path = pathOf(id)
      await mkdir(folderOf(id), { recursive: true, mode: 0o700 })
      const aside = await open(`${path}.part`, 'w', 0o600)
      try {
        await aside.writeFile(bytes)
        await aside.sync()
      } finally {
        await aside.close()
      }
      await rename(`${path}.part`, path)
      await syncFolder(folderOf(id))
    },
    async get(id) {
      try {
        return await readFile(pathOf(id))
      } catch (error) {
        throw isMissing(error) ? new StorageMissing('a stored file is missing') : error
      }
    },
    async remove(id) {
      await rm(pathOf(id), { force: true })
      await rm(`${pathOf(id)}.part`, { force: true })
    },
    async *list() {
      for (const shard of await namesIn(folder)) {
        const names = await namesIn(join(folder, shard))
        // What was being written when the machine stopped; its upload was never answered.
        const found = new Set(names.map((name) => name.replace(/\.part$/, '')).filter(isObjectId))
        for (const id of [...found].sort()) {
          const path = join(folder, shard, id)
          const known = await stat(path).catch(() => stat(`${path}.part`).catch(() => null))
          if (known) yield { id, at: known.mtime }
        }
      }
    },
  }
}

/** Without it the name of a file can be lost with the power, though its bytes are there. */
async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; it keeps names by itself.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
