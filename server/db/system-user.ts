import { readFile, stat } from 'node:fs/promises'
import { ConfigError } from '../config'

export interface SystemUser {
  name: string
  uid: number
  gid: number
}

/**
 * PostgreSQL refuses to run as root. Whom it runs as then: the owner of its data folder, or for a new
 * one `postgres` if the machine has that user, else `nobody`; null when this process is not root and
 * PostgreSQL may run as we do.
 */
export async function userFor(folder: string): Promise<SystemUser | null> {
  if (process.getuid?.() !== 0) return null
  const users = (await readFile('/etc/passwd', 'utf8').catch(() => ''))
    .split('\n')
    .map((line) => line.split(':'))
  const found = await stat(folder).catch(() => null)
  if (found !== null && found.uid !== 0) {
    const owner = users.find((fields) => Number(fields[2]) === found.uid)
    return { name: owner?.[0] ?? String(found.uid), uid: found.uid, gid: found.gid }
  }
  for (const name of ['postgres', 'nobody']) {
    const fields = users.find(([first]) => first === name)
    const uid = Number(fields?.[2])
    const gid = Number(fields?.[3])
    if (uid > 0 && gid > 0) return { name, uid, gid }
  }
  throw new ConfigError(
    'PostgreSQL does not run as root and this machine has no user "postgres" or "nobody"; start Joinder as another user.',
  )
}
