import { fork, type ChildProcess } from 'node:child_process'
import { open } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { keysOf } from '../../server/config'
import type { Db } from '../../server/db/connections'
import type { Matter } from '../../server/matters/matter-file'
import { draftId, newDraftSecret, sealDraft } from '../../server/vault/drafts'
import { generateKeys } from '../../server/vault/generate-keys'
import { completeDraft } from '../support/complete-draft'
import { freePort } from '../support/ports'
import { drive, type Window } from './report'

export const benchMatter = 'coupang-2025-kr'
export const concurrency = 16
/** More than any machine files in a second, so that a window never runs dry. */
export const draftsPerSecond = 4000

/** The shipped public surface in a process of its own, ready for load. */
export async function startApp(databaseUrl: string, logs: string) {
  const port = await freePort()
  const keys = generateKeys() as Record<string, string>
  const given: Record<string, string> = { ...keys, SESSION_SECRET: keys['PUBLIC_SESSION_SECRET']! }
  const log = await open(join(logs, 'log'), 'w')
  const child: ChildProcess = fork(join(__dirname, 'public-process.js'), {
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      STAFF_PORT: String(port === 65535 ? 1024 : port + 1),
      DATABASE_URL_PUBLIC: databaseUrl,
      ...Object.fromEntries(keysOf.public.map((name) => [name, given[name]])),
    },
    stdio: ['ignore', log.fd, 'inherit', 'ipc'],
  })
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) => reject(new Error(`the app ended with ${code}`)))
  })
  await log.close()
  return { child, port }
}

export interface Visitor {
  session: string
  token: string
}

const agent = new Agent({ keepAlive: true, maxSockets: concurrency })

/** One request over a kept connection; the body is read to its end. */
function call(
  port: number,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { port, path, agent, headers, method: body === undefined ? 'GET' : 'POST' },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (piece: string) => (text += piece))
        answer.on('end', () =>
          resolve({ status: answer.statusCode!, headers: answer.headers, text }),
        )
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

/** A session and its CSRF token, from a filing page as a browser gets them. */
export async function visit(port: number): Promise<Visitor> {
  const page = await call(port, `/matters/${benchMatter}/file/eligibility`, { accept: 'text/html' })
  const token = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1]
  const session = String(page.headers['set-cookie']).split(';')[0]
  if (!token || !session) throw new Error(`the filing page answered ${page.status} without a form`)
  return { session, token }
}

/** Complete drafts, as the review page finds them. Returns the secrets that their cookies would hold. */
export async function seedDrafts(db: Db, matter: Matter, count: number): Promise<string[]> {
  const now = new Date()
  const content = completeDraft(matter, now)
  const expires = new Date(now.getTime() + 86_400_000)
  const secrets = Array.from({ length: count }, newDraftSecret)
  for (let from = 0; from < count; from += 1000) {
    const rows = secrets.slice(from, from + 1000)
    await db.raw(
      `insert into drafts (id, matter_id, form_version, ciphertext, created_at, updated_at, expires_at)
       select id, ?, ?, ciphertext, ?, ?, ? from unnest(?::bytea[], ?::bytea[]) as d (id, ciphertext)`,
      [
        matter.id,
        matter.form.version,
        now,
        now,
        expires,
        rows.map((secret) => draftId(secret)),
        rows.map((secret) => sealDraft(secret, content)),
      ],
    )
  }
  return secrets
}

/** Final submits, each of a draft of its own, until the time is over. */
export async function submitDrafts(
  port: number,
  { session, token }: Visitor,
  secrets: string[],
  seconds: number,
): Promise<Window> {
  const body = new URLSearchParams({ _csrf: token }).toString()
  return drive(seconds, concurrency, async () => {
    const secret = secrets.pop()
    if (secret === undefined) return false
    const headers = {
      cookie: `${session}; draft=${secret}`,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(body.length),
      'sec-fetch-site': 'same-origin',
      accept: 'text/html',
    }
    const answer = await call(port, `/matters/${benchMatter}/file/submit`, headers, body)
    if (answer.status !== 303 || !String(answer.headers['location']).endsWith('/filed')) {
      throw new Error(`a submit answered ${answer.status} ${String(answer.headers['location'])}`)
    }
    return true
  })
}
