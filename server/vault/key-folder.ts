import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../config'
import { generateKeys, keyNames, type KeyName } from './generate-keys'

const passwordNames = ['superuser', 'public', 'staff', 'worker', 'migrator'] as const

/** What a first start makes on a machine that was given nothing. */
export interface LocalSecrets {
  keys: Record<KeyName, string>
  /** Passwords of the embedded database. */
  passwords: Record<(typeof passwordNames)[number], string>
}

/**
 * Reads the generated keys of this machine, one file a key that only its owner may read, and makes
 * those that are missing as long as nothing has been encrypted with them.
 * @param inUse a database exists that was filled under these keys
 * @throws ConfigError when a key is gone that the database needs
 */
export async function openKeyFolder(folder: string, inUse: boolean): Promise<LocalSecrets> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const found = new Map<string, string>()
  for (const name of keyNames) found.set(name, await readText(join(folder, name)))
  const passwordFile = 'database-passwords.json'
  const passwords = await readText(join(folder, passwordFile))

  const missing = [...found].filter(([, text]) => text === '').map(([name]) => name)
  if (passwords === '') missing.push(passwordFile)
  if (missing.length > 0 && inUse) {
    throw new ConfigError(
      `${join(folder, missing[0]!)} is gone and the database cannot be opened without it: restore it, or remove ${join(folder, '..')} to begin anew without the claims in it.`,
    )
  }

  if (missing.length > 0) {
    // All or none: the two halves of the intake pair belong together.
    for (const [name, text] of Object.entries(generateKeys())) {
      found.set(name, text)
      await writeDurably(folder, name, text)
    }
    const made = passwordNames.map((name) => [name, randomBytes(24).toString('base64url')])
    await writeDurably(folder, passwordFile, JSON.stringify(Object.fromEntries(made)))
  }
  return {
    keys: Object.fromEntries(found) as LocalSecrets['keys'],
    passwords: JSON.parse(await readText(join(folder, passwordFile))) as LocalSecrets['passwords'],
  }
}

async function readText(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return ''
    throw new ConfigError(`${path} cannot be read (${code}).`)
  }
}

/** Under another name, forced to the disk, then renamed: a half-written key would be a lost one. */
async function writeDurably(folder: string, name: string, text: string): Promise<void> {
  const making = join(folder, `${name}.making`)
  const file = await open(making, 'w', 0o600)
  try {
    await file.writeFile(`${text}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(making, join(folder, name))
}
