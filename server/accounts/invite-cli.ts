import { parseArgs } from 'node:util'
import { ConfigError, loadConfig } from '../config'
import { connect } from '../db/connections'
import { plainly } from '../db/plainly'
import { listFirms } from '../firms/list-firms'
import { systemClock } from '../kernel/clock'
import { staffUrl } from '../supervisor/staff-url'
import {
  invitePerson,
  parseInvitation,
  type Invitation,
  type InvitationField,
} from './invite-person'

const usage =
  'npm run people:invite -- --email hong@example.com --name "홍길동" --role administrator|moderator|counsel [--firm slug] [--lang ko|en]'

const wrong: Record<InvitationField, string> = {
  email: '--email is not an email address.',
  name: '--name must have 1 to 80 characters and no identity number.',
  role: '--role must be administrator, moderator or counsel.',
  firm: '--firm is needed for counsel: the slug of their law firm.',
  language: '--lang must be ko or en.',
}

async function main(): Promise<void> {
  const asked = readArguments(process.argv.slice(2))
  const config = loadConfig(process.env)
  const db = connect(await staffUrl(config), { poolMax: 1, applicationName: 'joinder-invite' })
  try {
    const invited = await invitePerson({ db, clock: systemClock, config }, asked, null)
    if (invited.outcome === 'done') {
      console.log(
        `Invited: the worker mails the link to ${asked.email}; it works for ${config.limits.invitationHours} hours.`,
      )
      return
    }
    if (invited.outcome === 'email_taken') {
      throw new ConfigError(`${asked.email} has an account already.`)
    }
    const slugs = (await listFirms(db)).map(({ slug }) => slug)
    throw new ConfigError(
      `There is no law firm "${asked.firm}"; there is ${slugs.join(', ') || 'none'}.`,
    )
  } finally {
    await db.destroy()
  }
}

/** @throws ConfigError with one sentence naming the first argument that is wrong */
function readArguments(args: string[]): Invitation {
  const text = { type: 'string' } as const
  let values: Record<string, string | undefined>
  try {
    values = parseArgs({
      args,
      options: { email: text, name: text, role: text, firm: text, lang: text },
    }).values
  } catch {
    throw new ConfigError(`Usage: ${usage}`)
  }
  if (Object.keys(values).length === 0) throw new ConfigError(`Usage: ${usage}`)
  const { lang = 'ko', ...rest } = values
  const parsed = parseInvitation({ ...rest, language: lang })
  if (!parsed.ok) throw new ConfigError(wrong[parsed.errors[0]!])
  return parsed.value
}

main().catch((error: unknown) => {
  console.error(plainly(error))
  process.exitCode = 1
})
