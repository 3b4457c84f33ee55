import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

export interface Catcher {
  /** For SMTP_URL. */
  url: string
  close(): Promise<void>
}

/**
 * A mail server for one machine: takes every mail and keeps the newest `keep` as files in `folder`,
 * where /dev/mail shows them. So that the other outcomes can be seen too, an address that begins with
 * `bounce` is refused for good (550) and one that begins with `defer` for now (451).
 */
export async function startCatcher(options: {
  host: string
  /** 0: any free one */
  port: number
  folder: string
  keep: number
}): Promise<Catcher> {
  const { host, folder, keep } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const port = options.port || (await freePort(host))
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: 1024 * 1024,
    onRcptTo({ address }, _session, answer) {
      const local = address.toLowerCase()
      if (local.startsWith('bounce')) return answer(refusal(550, 'No such mailbox here'))
      if (local.startsWith('defer')) return answer(refusal(451, 'Try again later'))
      answer()
    },
    onData(stream, _session, answer) {
      buffer(stream)
        .then((mail) => keepMail(folder, mail, keep))
        .then(
          () => answer(),
          () => answer(refusal(451, 'The mail could not be kept')),
        )
    },
  })
  // A connection that breaks is nobody's error here.
  server.on('error', () => {})
  server.listen(port, host)
  await once(server.server, 'listening')
  return {
    url: `smtp://${host}:${port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

/** Names sort by time, so the newest are the last. */
async function keepMail(folder: string, mail: Buffer, keep: number): Promise<void> {
  const name = `${String(Date.now()).padStart(15, '0')}-${randomBytes(4).toString('hex')}`
  const unfinished = join(folder, `${name}.part`)
  await writeFile(unfinished, mail, { mode: 0o600 })
  await rename(unfinished, join(folder, `${name}.eml`))
  const names = (await readdir(folder)).filter((one) => one.endsWith('.eml')).toSorted()
  for (const old of names.slice(0, -keep)) await rm(join(folder, old), { force: true })
}

function refusal(code: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode: code })
}

async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
