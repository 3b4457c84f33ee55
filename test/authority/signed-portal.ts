import type { Agent } from '../support/app'
import { fillSteps, numberOn, post } from '../support/filing'
import { loadTestMatters, signedMatter, testMatter } from '../support/test-matters'
import { until } from '../support/until'
import { openPortal, type Portal } from '../claims/access/portal'

export const signedBase = '/matters/test-signed/file'

/** Fills in the sign step of a page as a person without JavaScript does. */
export async function signOn(
  agent: Agent,
  path: string,
  fields: Record<string, unknown> = {},
  from = path,
) {
  const page = await agent.get(from).set('Accept', 'text/html')
  const shown = /name="shown" value="([0-9a-f]{64})"/.exec(page.text)?.[1]
  if (!shown) throw new Error(`${from} answered ${page.status} without documents`)
  const all = { shown, read_to_end: 'yes', signature: '김민준', ...fields }
  return post(agent, path, all, from)
}

/** Waits, as the page does, until the worker has answered what was pressed or typed. */
export async function confirmed(answer: { headers: Record<string, string> }, agent: Agent) {
  const id = /[?](?:sent|code)=([0-9a-f-]{36})/.exec(answer.headers['location'] ?? '')?.[1]
  if (!id) throw new Error('nothing was taken down to be confirmed')
  await until('the worker has answered', async () => {
    const { body } = await agent.get(`/claims/confirm/ready?sent=${id}`)
    return (body as { done: boolean }).done
  })
}

export interface SignedPortal extends Portal {
  /** Files and signs through the pages; gives the number and the mailed confirmation path. */
  fileSigned(options: {
    email: string
    name?: string
    signing?: Record<string, unknown>
    changes?: Record<string, Record<string, unknown>>
    base?: string
  }): Promise<{ number: string; link: string; code: string }>
  /** The same, confirmed under the mailed link. */
  fileConfirmed(options: Parameters<SignedPortal['fileSigned']>[0]): Promise<string>
  /** Waits until the newest pack of a claim has its paper. */
  rendered(number: string, papers?: number): Promise<void>
  /** A browser in which this address's claims are open. */
  letIn(email: string): Promise<Agent>
}

/** The portal of claimants with a matter in which people sign. */
export async function openSignedPortal(): Promise<SignedPortal> {
  const portal = await openPortal({ limits: { sequencerPollMs: 100 } })
  await loadTestMatters(portal.database.db.migrator, [testMatter(), signedMatter()])
  const { superuser } = portal.database.db

  const fileSigned: SignedPortal['fileSigned'] = async (options) => {
    const { email, name = '김민준', signing = {}, changes = {}, base = signedBase } = options
    const agent = portal.site.agent()
    await fillSteps(agent, {
      base,
      changes: {
        ...changes,
        'about-you': { full_name: name, email, ...changes['about-you'] },
        consents: { signature: name },
      },
    })
    const signed = await signOn(agent, `${base}/sign`, { signature: name, ...signing })
    if (signed.status !== 303) throw new Error(`signing answered ${signed.status}`)
    const answer = await post(agent, `${base}/submit`, {}, `${base}/review`)
    const number = numberOn((await agent.get(answer.headers['location'] as string)).text)
    const { text } = await portal.mailbox.waitFor(
      (mail) => mail.text.includes('/claims/confirm/') && mail.subject.includes(number),
    )
    const link = /\/claims\/confirm\/[A-Za-z0-9_-]{43}/.exec(text)![0]
    return { number, link, code: /^ +(\d{6})$/m.exec(text)![1]! }
  }

  return {
    ...portal,
    fileSigned,
    async fileConfirmed(options) {
      const { number, link } = await fileSigned(options)
      await confirmed(await post(portal.site.agent(), link, {}), portal.site.agent())
      return number
    },
    rendered: (number, papers = 1) =>
      until(`${papers} paper(s) of ${number}`, async () => {
        const found = await superuser('papers as r')
          .join('authority_packs as p', 'p.id', 'r.pack_id')
          .join('claims as c', 'c.id', 'p.claim_id')
          .where('c.number', number)
          .select('r.pack_id')
        return found.length >= papers
      }),
    async letIn(email) {
      const agent = portal.site.agent()
      const { link } = await portal.ask(agent, email)
      await post(agent, link, {})
      await portal.answered(agent)
      return agent
    },
  }
}
