import { randomBytes } from 'node:crypto'
import sharp from 'sharp'
import { csrfFrom, postForm, type Agent } from '../support/app'
import type { FiledClaim } from '../support/filed-claim'
import { until } from '../support/until'
import { typeCode, type Portal } from '../claims/access/portal'

let people = 0

export interface Claimant {
  claim: FiledClaim
  agent: Agent
  email: string
  path: string
}

/** A claim and the browser in which its claimant has it open. */
export async function claimantOf(portal: Portal, language: 'ko' | 'en' = 'ko'): Promise<Claimant> {
  const email = `documents${++people}@example.com`
  const claim = await portal.claim({ email, language })
  const agent = portal.site.agent()
  await typeCode(agent, (await portal.ask(agent, email)).code)
  await portal.answered(agent)
  return { claim, agent, email, path: `/claims/mine/${claim.number}/documents` }
}

export interface FileToSend {
  name: string
  bytes: Buffer
  /** what the browser says it is; nobody believes it */
  type?: string
  kind?: string
}

/** Sends a file as the form does, or as its script does with `json`. */
export async function upload(
  { agent, path }: Pick<Claimant, 'agent' | 'path'>,
  { name, bytes, type = 'application/octet-stream', kind = 'notice' }: FileToSend,
  { json = false, token }: { json?: boolean; token?: string } = {},
) {
  const csrf = token ?? csrfFrom((await agent.get(path).set('Accept', 'text/html')).text)
  return agent
    .post(path)
    .set('Accept', json ? 'application/json' : 'text/html')
    .set('Sec-Fetch-Site', 'same-origin')
    .field('_csrf', csrf)
    .field('kind', kind)
    .attach('file', bytes, { filename: name, contentType: type })
}

export const listOf = async ({ agent, path }: Pick<Claimant, 'agent' | 'path'>) =>
  (await agent.get(path).set('Accept', 'text/html')).text

/** Waits, as the page does, until the worker has checked what was sent and sealed the list anew. */
export async function settled({ agent, path }: Pick<Claimant, 'agent' | 'path'>): Promise<string> {
  await until(
    'the documents are checked',
    async () => (await agent.get(`${path}/ready`)).body.done === true,
    15_000,
  )
  return listOf({ agent, path })
}

export const remove = (claimant: Claimant, id: string) =>
  postForm(claimant.agent, `${claimant.path}/${id}/remove`, {}, { from: claimant.path })

/** A photograph as a phone takes one: with a place, a time and a device in it, turned by its EXIF. */
export async function photo({ width = 640, height = 480 } = {}): Promise<Buffer> {
  const noise = randomBytes(48)
  return sharp({
    create: {
      width,
      height,
      channels: 3,
      background: { r: noise[0]!, g: noise[1]!, b: noise[2]! },
    },
  })
    .jpeg()
    .withExif({
      IFD0: { Make: 'Marked-Phone-7' },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '37/1 33/1 59/1',
        GPSLongitudeRef: 'E',
        GPSLongitude: '126/1 58/1 41/1',
      },
    })
    .withMetadata({ orientation: 6 })
    .toBuffer()
}

/** The newest document of a claim. */
export async function idOf({ database }: Portal, { claim }: Claimant): Promise<string> {
  const row = await database.db
    .superuser('evidence')
    .where({ claim_id: claim.id })
    .orderBy('created_at', 'desc')
    .first<{ id: string }>('id')
  return row.id
}
