import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { Client } from 'pg'
import { ConfigError } from '../config'
import { locatePostgres, type PostgresPrograms } from './postgres-programs'
import { userFor, type SystemUser } from './system-user'

export interface EmbeddedOptions {
  /** Data folder; made when absent. Beside it stand `<folder>.port` and `<folder>.log`. */
  folder: string
  /** Password of the superuser `postgres`. */
  password: string
  /** The port it must have, because others know it; else that of last time, or any free one. */
  port?: number
  /** Settings laid over ours, for throw-away clusters of tests. */
  settings?: Record<string, string>
}

export interface EmbeddedPostgres {
  port: number
  /** True when this start made the data folder. */
  created: boolean
  /** True when a server left running by a killed earlier run was taken over. */
  adopted: boolean
  url(user: string, password: string, database: string): string
  superuserUrl(database: string): string
  /** Fast shutdown: open transactions are rolled back, the data is on disk. */
  stop(): Promise<void>
}

const superuser = 'postgres'
const startSeconds = 60

/**
 * Starts the PostgreSQL that comes from npm, by its own initdb and pg_ctl: on 127.0.0.1 alone, on a
 * free port that is remembered. Takes over the server of an earlier run that was killed, and makes
 * the data folder under another name until it is complete, so that a kill in the middle leaves nothing.
 * @throws ConfigError with one sentence when this machine cannot run it
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const programs = await locatePostgres()
  const { folder } = options
  const user = await userFor(folder)
  const run = (program: string, args: string[]) => runProgram(program, args, user)

  await mkdir(dirname(folder), { recursive: true, mode: 0o711 })
  await assertReachable(programs, dirname(folder), user)
  const created = await makeDataFolder(options, programs, user)
  await assertReachable(programs, folder, user)

  const left = await leftRunning(options)
  const port = left ?? (await launch(options, programs, user, run))

  const url = (name: string, password: string, database: string) =>
    `postgres://${name}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`
  return {
    port,
    created,
    adopted: left !== null,
    url,
    superuserUrl: (database) => url(superuser, options.password, database),
    stop: async () => {
      try {
        await run(programs.pgCtl, ['stop', '-D', folder, '-m', 'fast', '-w', '-t', '60'])
      } catch (error) {
        // What has ended by itself is what was asked for.
        if (!(await isRunning(folder))) return
        throw new ConfigError(
          `The PostgreSQL server on ${folder} did not stop: ${firstLine(error)}.`,
        )
      }
    },
  }
}

/** Stops whatever server runs on a data folder, at once and without its password; for leftovers of killed test runs. */
export async function stopAbandoned(folder: string): Promise<void> {
  const programs = await locatePostgres()
  const user = await userFor(folder)
  await runProgram(
    programs.pgCtl,
    ['stop', '-D', folder, '-m', 'immediate', '-w', '-t', '20'],
    user,
  ).catch(() => undefined)
}

async function makeDataFolder(
  { folder, password }: EmbeddedOptions,
  programs: PostgresPrograms,
  user: SystemUser | null,
): Promise<boolean> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new ConfigError(
      `${folder} cannot be read (${error.code}); start Joinder as the user who made it.`,
    )
  })
  if (found?.includes('PG_VERSION')) {
    await assertVersion(folder)
    return false
  }
  if (found !== null && found.length > 0) {
    throw new ConfigError(`${folder} exists but is not a PostgreSQL data folder; move it away.`)
  }
  // A name of its own: the initdb of a start that was killed may still be writing into the last one.
  await removeUnfinished(folder)
  const making = `${folder}.making-${process.pid}`
  const passwordFile = `${making}.password`
  await mkdir(making, { mode: 0o700 })
  await writeFile(passwordFile, password, { mode: 0o600, flag: 'wx' })
  if (user !== null) {
    await chown(making, user.uid, user.gid)
    await chown(passwordFile, user.uid, user.gid)
  }
  try {
    await runProgram(
      programs.initdb,
      [
        `--pgdata=${making}`,
        `--username=${superuser}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        // Without these the locale of the shell decides, and a bare one makes an SQL_ASCII cluster.
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--data-checksums',
      ],
      user,
    )
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    throw error
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rm(folder, { recursive: true, force: true })
  await rename(making, folder)
  return true
}

async function removeUnfinished(folder: string): Promise<void> {
  const parent = dirname(folder)
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(folder)}.making-`)) continue
    await rm(join(parent, name), { recursive: true, force: true, maxRetries: 5 })
  }
}

async function assertVersion(folder: string): Promise<void> {
  const version = (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim()
  if (version !== '18') {
    throw new ConfigError(
      `${folder} was made by PostgreSQL ${version} and this Joinder brings PostgreSQL 18; dump it with the old one and load it with the new.`,
    )
  }
}

/** The port of a live server on this folder, or null after clearing what a dead one left. */
async function leftRunning({ folder, password }: EmbeddedOptions): Promise<number | null> {
  const pidFile = pidFileOf(folder)
  // A starting or recovering server is waited for; a dead one is noticed at once.
  for (let tries = 0; tries < startSeconds * 5; tries++) {
    const lines = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n')
    const pid = Number(lines[0])
    const port = Number(lines[3])
    if (!(pid > 0) || !isAlive(pid)) return null
    if (port > 0 && (await answers(port, password, folder))) return port
    if (tries > 5 && !(await isPostgres(pid))) {
      // The number went to some other program, which would keep PostgreSQL from starting for ever.
      await rm(pidFile, { force: true })
      return null
    }
    await new Promise((done) => setTimeout(done, 200))
  }
  throw new ConfigError(
    `A PostgreSQL server runs on ${folder} but does not answer; stop it and start again.`,
  )
}

const pidFileOf = (folder: string) => join(folder, 'postmaster.pid')

async function isRunning(folder: string): Promise<boolean> {
  const pid = Number((await readFile(pidFileOf(folder), 'utf8').catch(() => '')).split('\n')[0])
  return pid > 0 && isAlive(pid)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function isPostgres(pid: number): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(async () =>
    runProgram('ps', ['-p', String(pid), '-o', 'command='], null).catch(() => 'postgres'),
  )
  return command.includes('postgres')
}

async function answers(port: number, password: string, folder: string): Promise<boolean> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: superuser,
    password,
    database: 'postgres',
    connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ folder: string }>(
      `select current_setting('data_directory') as folder`,
    )
    return rows[0]?.folder === folder
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') {
      throw new ConfigError(
        `The database in ${folder} does not accept the password kept beside it; restore the keys folder that belongs to it.`,
      )
    }
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function launch(
  { folder, password, port: wanted, settings }: EmbeddedOptions,
  programs: PostgresPrograms,
  user: SystemUser | null,
  run: (program: string, args: string[]) => Promise<string>,
): Promise<number> {
  const logFile = `${folder}.log`
  await writeFile(logFile, '', { flag: 'a', mode: 0o600 })
  if (user !== null) {
    await chown(logFile, user.uid, user.gid)
  }
  const remembered = Number(await readFile(`${folder}.port`, 'utf8').catch(() => '0'))
  let port = wanted ?? (await freePort(remembered))
  let failure: unknown
  for (let tries = 0; tries < 3; tries++) {
    const all: Record<string, string> = {
      port: String(port),
      listen_addresses: '127.0.0.1',
      // A socket's path may not exceed about 100 bytes, and project folders do.
      unix_socket_directories: '',
      max_connections: '200',
      shared_buffers: '128MB',
      timezone: 'UTC',
      log_timezone: 'UTC',
      // Statements carry ciphertext and hashes; they have no place in a log file.
      log_statement: 'none',
      log_min_error_statement: 'panic',
      log_error_verbosity: 'terse',
      log_parameter_max_length_on_error: '0',
      ...settings,
    }
    const flags = Object.entries(all).map(([name, value]) => `-c ${name}="${value}"`)
    try {
      await run(programs.pgCtl, [
        'start',
        `--pgdata=${folder}`,
        `--log=${logFile}`,
        '--wait',
        `--timeout=${startSeconds}`,
        `--options=${flags.join(' ')}`,
      ])
      await writeFile(`${folder}.port`, String(port))
      const answering = await answers(port, password, folder).catch(async (error: unknown) => {
        await run(programs.pgCtl, ['stop', '-D', folder, '-m', 'fast', '-w'])
        throw error
      })
      if (!answering) throw new Error('the started server does not answer')
      return port
    } catch (error) {
      if (error instanceof ConfigError) throw error
      failure = error
      // Another program may have taken the port, or processes of a killed server still be ending.
      await new Promise((done) => setTimeout(done, 500))
      port = wanted ?? (await freePort(0))
    }
  }
  throw new ConfigError(
    `PostgreSQL did not start; the last lines of ${logFile} say why (${firstLine(failure)}).`,
  )
}

/** `wanted` if nothing listens there, else a port the system gives. */
async function freePort(wanted: number): Promise<number> {
  const server = createServer()
  server.listen(wanted, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return freePort(0)
  }
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** PostgreSQL's user must be able to run the packaged programs and to enter the folder. */
async function assertReachable(
  programs: PostgresPrograms,
  folder: string,
  user: SystemUser | null,
): Promise<void> {
  if (user === null) return
  const tries: [place: string, program: string, args: string[]][] = [
    [dirname(programs.postgres), programs.postgres, ['--version']],
    // Node enters a child's working folder while still root, so the shell has to try.
    [folder, '/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder]],
  ]
  for (const [place, program, args] of tries) {
    try {
      await runProgram(program, args, user)
    } catch {
      throw new ConfigError(
        `PostgreSQL does not run as root, and the user "${user.name}" cannot enter ${place}: start Joinder as another user, or move it to a folder that every user can enter.`,
      )
    }
  }
}

/** Runs a program to its end with a bare environment. @returns its standard output */
async function runProgram(
  program: string,
  args: string[],
  user: SystemUser | null,
): Promise<string> {
  const child = spawn(program, args, {
    // Detached, so that Ctrl-C reaches us alone and we end things in order.
    ...(process.platform === 'win32' ? {} : { cwd: '/', env: bareEnvironment, detached: true }),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
  })
  let output = ''
  let complaint = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => (output += part))
  child.stderr.setEncoding('utf8').on('data', (part: string) => (complaint += part))
  const closed = once(child, 'close').catch(() => undefined)
  const [code] = (await once(child, 'exit')) as [number | null]
  // The last words may still be on their way; but a server left behind could hold the pipes for ever.
  await Promise.race([closed, new Promise((done) => setTimeout(done, 500))])
  if (code !== 0) {
    throw new Error(complaint.trim() || output.trim() || `${program} ended with code ${code}`)
  }
  return output
}

const bareEnvironment = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' }

const firstLine = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]
