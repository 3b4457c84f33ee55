import { postForm, type Agent } from '../../support/app'
import type { FiledClaim } from '../../support/filed-claim'
import type { ReceivedMail } from '../../support/mailbox'
import { until } from '../../support/until'
import type { Portal } from '../access/portal'

/** What both ways to change an address have in common, as people meet it. */

/** A browser in which somebody has opened their claims with the mailed link. */
export async function openedBy(portal: Portal, email: string): Promise<Agent> {
  const { link } = await portal.ask(portal.site.agent(), email)
  const agent = portal.site.agent()
  await postForm(agent, link, {})
  await portal.answered(agent)
  return agent
}

/** Asks for a change on the claim's page and waits until the worker has begun, or refused, it. */
export async function askForChange(portal: Portal, agent: Agent, claim: FiledClaim, email: string) {
  const answer = await postForm(agent, `/claims/mine/${claim.number}/email`, { email, sure: email })
  const id = /\/changes\/([0-9a-f-]{36})$/.exec(String(answer.headers['location']))?.[1]
  if (id === undefined) throw new Error(`asking answered ${answer.status}`)
  const row = () => portal.database.db.superuser('claim_changes').where({ id }).first()
  await until('the change was begun', async () => (await row()).handled_at !== null)
  return row()
}

/** The newest mail about a change of address to this mailbox, when it has come. */
export async function changeMail(
  portal: Portal,
  to: string,
  since = 0,
): Promise<{ link: string; code: string | undefined; mail: ReceivedMail }> {
  const { mails } = portal.mailbox
  const mail = await portal.mailbox.waitFor(
    (one) => mails.indexOf(one) >= since && one.to === to && one.text.includes('/claims/email/'),
  )
  return {
    mail,
    link: /\/claims\/email\/[\w-]{43}/.exec(mail.text)![0],
    code: /^ +(\d{6})$/m.exec(mail.text)?.[1],
  }
}

/** Presses a button of the page under a mailed link; gives the page that tells what came of it. */
export async function press(portal: Portal, link: string, act: 'confirm' | 'stop') {
  const agent = portal.site.agent()
  return toldOf(agent, await postForm(agent, link, { act }))
}

/** Types a code on the page for it. */
export async function typeChangeCode(portal: Portal, { number }: FiledClaim, code: string) {
  const agent = portal.site.agent()
  return toldOf(agent, await postForm(agent, '/claims/email', { number, code }))
}

async function toldOf(agent: Agent, answer: { status: number; headers: Record<string, string> }) {
  const { location } = answer.headers
  if (answer.status !== 303 || !location) throw new Error(`it answered ${answer.status}`)
  await until('the worker has answered', async () => {
    const { body } = await agent.get(`${location}/ready`)
    return (body as { done: boolean }).done
  })
  return agent.get(location).set('Accept', 'text/html')
}

/** The newest change of the claim's address, as it stands. */
export function changeOf(portal: Portal, claim: FiledClaim) {
  return portal.database.db
    .superuser('email_changes')
    .where({ claim_id: claim.id })
    .orderBy('created_at', 'desc')
    .first()
}
