import { requestChange } from '../../server/claims/changes/request-change'
import { createSealer } from '../../server/vault/sealer'
import { openPortal, typeCode, type Portal } from '../claims/access/portal'
import { makeAccount, signIn, type TestAccount } from '../support/account'
import { createTestApp, postForm, type Agent, type TestApp } from '../support/app'
import type { FiledClaim } from '../support/filed-claim'
import { until } from '../support/until'

/** A claimant with their claim open, and the people of the case, on the shipped surfaces and worker. */
export interface Conversation {
  portal: Portal
  staff: TestApp
  /** A claim, and the browser in which its claimant has it open. */
  opened(options?: { language?: 'ko' | 'en' }): Promise<{ claim: FiledClaim; agent: Agent }>
  /** Comes in once more, in another browser. */
  comeIn(email: string): Promise<Agent>
  emailOf(claim: FiledClaim): string
  /** Asks, and waits until the worker has done or refused it. @returns the reason of a refusal, or null */
  ask(agent: Agent, claim: FiledClaim, question: { desk?: string; text: string }): Promise<unknown>
  /** Asks past the page, as a public surface does that was taken over. */
  send(
    agent: Agent,
    claim: FiledClaim,
    kind: 'appeal' | 'message',
    content: { text: string; desk?: string },
  ): Promise<unknown>
  /** Appeals, as the public surface asks for it. */
  appeal(agent: Agent, claim: FiledClaim, text: string): Promise<unknown>
  person(role: 'moderator' | 'administrator' | 'counsel', name: string): Promise<TestAccount>
  signedIn(account: TestAccount): Promise<Agent>
  close(): Promise<void>
}

export async function openConversation(
  options: Parameters<typeof openPortal>[0] = {},
): Promise<Conversation> {
  const portal = await openPortal(options)
  const { database, keys } = portal
  const { superuser } = database.db
  const staff = createTestApp({ surface: 'staff', database, keys })
  const emails = new Map<string, string>()
  let people = 0

  /** What became of a change: the reason of a refusal, or null. */
  async function outcomeOf(id: string): Promise<unknown> {
    const row = () => superuser('claim_changes').where({ id }).first()
    await until('the change was handled', async () => (await row()).handled_at !== null)
    return (await row()).reason
  }

  async function send(
    agent: Agent,
    claim: FiledClaim,
    kind: 'appeal' | 'message',
    content: { text: string; desk?: string },
  ): Promise<unknown> {
    const { deps } = portal.site
    const from = { domain: '127.0.0.1', path: '/claims', secure: false, script: false }
    const secret = agent.jar.getCookie('claims', from as never)!.value
    const asking = { ...deps, sealer: createSealer(deps.config.keys) }
    const asked = { claimId: claim.id, secret, kind, content } as Parameters<
      typeof requestChange
    >[1]
    return outcomeOf((await requestChange(asking, asked))!)
  }

  async function comeIn(email: string): Promise<Agent> {
    const agent = portal.site.agent()
    await typeCode(agent, (await portal.ask(agent, email)).code)
    await portal.answered(agent)
    return agent
  }

  return {
    portal,
    staff,
    comeIn,
    emailOf: ({ id }) => emails.get(id)!,
    async opened(about = {}) {
      const email = `writes${++people}@example.com`
      const claim = await portal.claim({ email, ...about })
      emails.set(claim.id, email)
      return { claim, agent: await comeIn(email) }
    },
    async ask(agent, claim, { desk = 'moderators', text }) {
      const answer = await postForm(agent, messagesOf(claim), { desk, text })
      const change = /\/changes\/([0-9a-f-]{36})$/.exec(answer.headers['location'] ?? '')?.[1]
      if (!change) throw new Error(`asking answered ${answer.status}`)
      return outcomeOf(change)
    },
    appeal: (agent, claim, text) => send(agent, claim, 'appeal', { text }),
    send,
    async person(role, name) {
      const matter = await superuser('matters').where({ slug: 'test-breach' }).first('firm_id')
      const firmId = role === 'counsel' ? (matter.firm_id as string) : null
      return makeAccount(database, { role, name, firmId })
    },
    signedIn: (account) => signIn(staff, account),
    close: () => portal.close(),
  }
}

export const messagesOf = ({ number }: FiledClaim) => `/claims/mine/${number}/messages`

/** A page as a browser asks for it. */
export const page = (agent: Agent, path: string) => agent.get(path).set('Accept', 'text/html')

/** Waits until the page says this. */
export const shows = (agent: Agent, path: string, text: string) =>
  until(`${path} says ${text}`, async () => (await page(agent, path)).text.includes(text), 8_000)

/** Sends a form of a thread's page with what the page knew; `seen` in its place to be late. */
export async function onThread(
  agent: Agent,
  claimId: string,
  action: 'open' | 'answer' | 'close',
  fields: { text?: string; seen?: string } = {},
) {
  const from = `/messages/${claimId}`
  const seen = /name="seen" value="([^"]*)"/.exec((await page(agent, from)).text)?.[1]
  return postForm(agent, `${from}/${action}`, { seen, ...fields }, { from })
}
