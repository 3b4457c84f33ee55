import type { Request, Response, Router } from 'express'
import { answerActed, reasonOf } from '../approvals/ask'
import { containsResidentNumber } from '../matters/forms/resident-number'
import { latestMails } from '../mail/latest-mails'
import { mailTones } from '../mail/mail-tones'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { showMoment } from '../web/show-moment'
import { inviteAgain, invitePerson, parseInvitation } from './invite-person'
import { listPeople } from './list-people'
import { reviewState } from './review-access'

/** As the form shows them. */
const fields = ['name', 'email', 'role', 'firm', 'language'] as const

export const stateTones = {
  active: 'ok',
  invited: 'info',
  asleep: 'warn',
  disabled: 'neutral',
} as const

interface InvitationForm {
  values: Record<string, unknown>
  /** field to the last part of `accounts:invite.error.<…>` */
  errors: Record<string, string>
  expired?: boolean
}

/** Who has an account, and inviting more: for administrators. */
export function peopleRoutes(deps: AppDeps): Router {
  const routes = routeTable()
  const administrators = { who: ['administrator'] } as const

  routes.get('/people', administrators, async (req, res) => {
    const invited = req.query['invited'] !== undefined
    await showPeople(req, res, { values: { language: 'ko' }, errors: {} }, invited)
  })

  routes.post('/people', { ...administrators, csrf: 'flag', stepUp: true }, async (req, res) => {
    const values = req.body as Record<string, unknown>
    if (req.csrfFailed) return showPeople(req, res, { values, errors: {}, expired: true })
    const parsed = parseInvitation(values)
    if (!parsed.ok) {
      const errors = Object.fromEntries(parsed.errors.map((field) => [field, field]))
      return showPeople(req, res, { values, errors })
    }
    const invited = await invitePerson(deps, parsed.value, req.user!.id, reasonOf(req))
    if (invited.outcome === 'email_taken' || invited.outcome === 'unknown_firm') {
      const errors: Record<string, string> =
        invited.outcome === 'email_taken' ? { email: 'taken' } : { firm: 'firm' }
      return showPeople(req, res, { values, errors })
    }
    await answerActed(deps, req, res, invited, { done: '/people?invited', back: '/people' })
  })

  routes.post('/people/:id/invitation', { ...administrators, stepUp: true }, async (req, res) => {
    const { id } = req.params
    const acted = await inviteAgain(deps, id, req.user!.id, reasonOf(req))
    await answerActed(deps, req, res, acted, { done: '/people?invited', back: `/people/${id}` })
  })

  return routes.router

  async function showPeople(
    req: Request,
    res: Response,
    form: InvitationForm,
    invited = false,
  ): Promise<void> {
    const lang = languageOf(res)
    const t = textsOf(res)
    const { people, firms } = await listPeople(deps.db)
    const invitations = await latestMails(deps.db, req.user!.id, {
      template: 'invitation',
      personIds: people.flatMap(({ account }) => (account.state === 'invited' ? account.id : [])),
    })
    const mailTag = (id: string) => {
      const mail = invitations.get(id)
      return mail && { text: t(`accounts:people.mail.${mail.state}`), tone: mailTones[mail.state] }
    }
    const values = Object.fromEntries(
      fields.map((field) => {
        const value = form.values[field]
        const text = typeof value === 'string' ? value.slice(0, 300) : ''
        return [field, containsResidentNumber(text) ? '' : text]
      }),
    )
    const errors = Object.fromEntries(
      Object.entries(form.errors).map(([field, key]) => [field, t(`accounts:invite.error.${key}`)]),
    )
    const failed = Object.keys(errors).length > 0 || form.expired === true
    if (failed) res.status(422)
    const review = await reviewState(deps, req.user!.id)
    const awake = people.filter(
      ({ account }) => account.role === 'administrator' && account.state === 'active',
    )
    res.render('accounts/people', {
      reviewOverdue: review.overdue,
      // With one alone, nobody could help when their phone is lost.
      lonely: awake.length < 2,
      values,
      fieldErrors: errors,
      errors: fields.flatMap((id) => (errors[id] ? [{ id, message: errors[id] }] : [])),
      expired: form.expired === true,
      invited,
      firms: firms.map(({ slug, content }) => ({ value: slug, text: content.name[lang] })),
      people: people.map(({ account, firm }) => ({
        id: account.id,
        name: account.name,
        email: account.email,
        role: t(`accounts:role.${account.role}`),
        firm: firm?.content.name[lang] ?? null,
        tag: { text: t(`accounts:state.${account.state}`), tone: stateTones[account.state] },
        waiting: account.state === 'invited',
        mail: mailTag(account.id),
        signedInAt: account.last_signed_in_at
          ? showMoment(account.last_signed_in_at, lang, 'Asia/Seoul')
          : null,
      })),
    })
  }
}
