import { createTestApp, postForm, type Agent, type TestApp } from '../../support/app'
import { makeAccount, signIn } from '../../support/account'
import type { FiledClaim } from '../../support/filed-claim'
import { until } from '../../support/until'
import { claimPage, openPortal, typeCode, type Portal } from '../access/portal'

export interface OpenedClaim {
  claim: FiledClaim
  email: string
  /** the browser in which its claimant has it open */
  agent: Agent
}

export interface Changes extends Omit<Portal, 'ask'> {
  staff: TestApp
  /** A confirmed claim, opened by its claimant. */
  opened(options?: { name?: string; phone?: string; language?: 'ko' | 'en' }): Promise<OpenedClaim>
  /** Sends a form of a claim's page and waits, as the page does, until the worker has answered. */
  ask(
    one: OpenedClaim,
    path: string,
    fields?: Record<string, unknown>,
    from?: string,
  ): Promise<{ status: number; location: string; text: string }>
  staffAgent(role: 'moderator' | 'administrator' | 'counsel', name: string): Promise<Agent>
  row(claim: FiledClaim): Promise<Record<string, unknown>>
  entries(claim: FiledClaim, kind: string): Promise<Record<string, unknown>[]>
  /** Puts a claim into a state as if staff had decided so. */
  put(claim: FiledClaim, state: string, more?: Record<string, unknown>): Promise<void>
}

let people = 0

/** The shipped surfaces and worker, and claimants who have their claims open. */
export async function openChanges(
  options: Parameters<typeof openPortal>[0] = {},
): Promise<Changes> {
  const portal = await openPortal(options)
  const { database, keys } = portal
  const { env } = options
  const staff = createTestApp({ surface: 'staff', database, keys, ...(env && { env }) })
  const { superuser } = database.db
  return {
    ...portal,
    staff,
    async opened(about = {}) {
      const email = `changes${++people}@example.com`
      const claim = await portal.claim({ email, ...about })
      const agent = portal.site.agent()
      await typeCode(agent, (await portal.ask(agent, email)).code)
      await portal.answered(agent)
      return { claim, email, agent }
    },
    async ask({ agent, claim }, path, fields = {}, from = path) {
      const base = `/claims/mine/${claim.number}`
      const sent = await postForm(agent, `${base}/${path}`, fields, { from: `${base}/${from}` })
      const waits = sent.headers['location'] as string | undefined
      if (sent.status !== 303 || !waits?.includes('/changes/')) {
        return { status: sent.status, location: waits ?? '', text: sent.text }
      }
      await until('the worker has answered', async () => {
        const { body } = await agent.get(`${waits}/ready`)
        return (body as { done: boolean }).done
      })
      const page = await agent.get(waits).set('Accept', 'text/html')
      return { status: page.status, location: page.headers['location'] ?? '', text: page.text }
    },
    async staffAgent(role, name) {
      const matter = await superuser('matters').where({ slug: 'test-breach' }).first('firm_id')
      const firmId = role === 'counsel' ? matter.firm_id : null
      return signIn(staff, await makeAccount(database, { role, name, firmId }))
    },
    row: (claim) => superuser('claims').where({ id: claim.id }).first(),
    async entries(claim, kind) {
      const rows = await superuser('ledger_private as p')
        .join('ledger_entries as e', 'e.id', 'p.entry_id')
        .where({ 'p.claim_id': claim.id, 'e.kind': kind })
        .orderBy('e.id')
        .select('p.private')
      return rows.map((row) => JSON.parse(row.private) as Record<string, unknown>)
    },
    async put(claim, state, more = {}) {
      await superuser('claims')
        .where({ id: claim.id })
        .update({ state, ...more })
    },
  }
}

/** The page of a claim, as its claimant sees it. */
export const pageOf = async ({ agent, claim }: OpenedClaim) => (await claimPage(agent, claim)).text

/** The fields of a form as the browser would send them: what stands in its inputs, areas and choices. */
export function fieldsOf(html: string): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {}
  const plain = (text: string) =>
    text
      .replaceAll('&#34;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&')
  for (const [tag] of html.matchAll(/<input\b[^>]*>/g)) {
    const attribute = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1]
    const name = attribute('name')
    const type = attribute('type') ?? 'text'
    if (name === undefined || name === '_csrf') continue
    const value = plain(attribute('value') ?? '')
    if (type === 'checkbox' && / checked/.test(tag)) {
      fields[name] = [...[fields[name] ?? []].flat(), value]
    } else if (type === 'radio' ? / checked/.test(tag) : type !== 'checkbox') fields[name] = value
  }
  for (const [, name, value] of html.matchAll(
    /<textarea\b[^>]* name="([^"]+)"[^>]*>\n?([^<]*)</g,
  )) {
    fields[name!] = plain(value!)
  }
  for (const [, name, options] of html.matchAll(
    /<select\b[^>]* name="([^"]+)"[^>]*>(.*?)<\/select>/gs,
  )) {
    const chosen = /<option value="([^"]*)"[^>]* selected/.exec(options!)?.[1]
    if (chosen !== undefined) fields[name!] = chosen
  }
  return fields
}
