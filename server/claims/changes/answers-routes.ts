import type { Request, RequestHandler, Response, Router } from 'express'
import { Problem } from '../../kernel/problem'
import { typedValues } from '../../matters/forms/describe-answer'
import { allQuestions, parseWholeForm, rulingOut } from '../../matters/forms/parse-form'
import {
  fieldsWithResidentNumber,
  rawFields,
  residentNumberErrors,
  type FieldErrors,
  type RawFields,
} from '../../matters/forms/parse-question'
import { errorLines, questionField } from '../../matters/forms/question-field'
import type { Answers, ClaimForm, Question } from '../../matters/form-schema'
import { findClaimForm } from '../../matters/list-matters'
import type { Matter } from '../../matters/matter-file'
import { openCopies } from '../../vault/claimant-copies'
import type { Sealer } from '../../vault/sealer'
import { languageOf } from '../../web/choose-language'
import type { AppDeps } from '../../web/deps'
import { routeTable } from '../../web/routes'
import { openOwn, type OpenedOwn } from '../access/open-own'
import { ownClaimPath } from '../access/own-pages'
import { askAndWait } from './ask-and-wait'
import { allowsChange } from './change-kinds'
import { mayReplace } from './replace-answers'
import type { AnswersCopy } from './show-answers'
import { changedQuestions } from './write-answers'

/** What the page that changes answers is made from. */
interface Changing {
  opened: OpenedOwn
  matter: Matter
  form: ClaimForm
  /** what was sent, sealed to this browser because it asked; null until then, and once it is old */
  copy: AnswersCopy | null
}

/**
 * Changing what was sent: first a button that brings it to this browser, which is an opening on the record,
 * then the whole form, filled.
 */
export function answersRoutes(
  deps: AppDeps & { sealer: Sealer },
  perAddress: RequestHandler,
): Router {
  const { db } = deps
  const routes = routeTable()
  const page = { who: 'anyone', session: true } as const
  const form = { who: 'anyone', csrf: 'flag' } as const
  const path = '/claims/mine/:number/answers'

  routes.get(path, page, async (req, res) => {
    const changing = await arrive(req, res)
    if (!changing) return
    if (changing.copy === null) return showAsk(res, changing)
    showForm(res, changing, { raw: typedValues(changing.form, changing.copy.answers) })
  })

  // The address of a form, asked for again.
  routes.get(`${path}/show`, { who: 'anyone' }, (req, res) => {
    res.redirect(303, `/claims/mine/${encodeURIComponent(req.params.number)}/answers`)
  })

  routes.post(`${path}/show`, form, perAddress, async (req, res) => {
    const changing = await arrive(req, res)
    if (!changing) return
    if (req.csrfFailed) return showAsk(res, changing, true)
    await askAndWait(deps, res, changing.opened, 'answers', {})
  })

  routes.post(path, form, perAddress, async (req, res) => {
    const changing = await arrive(req, res)
    if (!changing) return
    const { matter, copy } = changing
    const body = req.body as Record<string, unknown>
    const lang = languageOf(res)
    // The answers in this browser are no longer those in force: what was typed is shown, and must be sent again.
    if (copy === null) return showAsk(res, changing)
    const { typed, errors: forbidden } = typedFields(changing.form, body, lang)
    if (req.csrfFailed) {
      return showForm(res, changing, { raw: typed, errors: forbidden, expired: true })
    }
    const parsed = parseWholeForm(
      changing.form,
      { ...body, ...emailField(changing.form, copy.answers) },
      { lang, now: deps.clock.now(), timeZone: matter.content.timeZone },
    )
    if (!parsed.ok) {
      return showForm(res, changing, { raw: parsed.answers, errors: parsed.errors })
    }
    const ruledOut = rulingOut(changing.form, parsed.answers)
    if (ruledOut.length > 0) return showForm(res, changing, { raw: typed, ruledOut })
    if (changedQuestions(changing.form, copy.answers, parsed.answers).length === 0) {
      return showForm(res, changing, { raw: typed, unchanged: true })
    }
    await askAndWait(deps, res, changing.opened, 'replace_answers', {
      version: copy.version,
      answers: parsed.answers,
    })
  })

  return routes.router

  async function arrive(
    req: Request<{ number: string }>,
    res: Response,
  ): Promise<Changing | undefined> {
    const opened = await openOwn(deps, req, res)
    if (!opened) return undefined
    const { matter } = opened
    const { live } = opened.claim
    if (!matter) throw new Problem('not_found')
    const form = await findClaimForm(db, matter.id, live.form_version)
    if (!form) throw new Error('a claim names a form that is not stored')
    const open =
      allowsChange(live.state, 'replace_answers') &&
      mayReplace(matter, live.state, deps.clock.now())
    if (!open) {
      res.redirect(303, `${ownClaimPath(live.number)}?closed=replace_answers`)
      return undefined
    }
    const copies = (await openCopies(db, 'answers', opened.secret)) as Map<string, AnswersCopy>
    const copy = copies.get(live.id)
    const inForce = copy !== undefined && copy.version === live.version
    return { opened, matter, form, copy: inForce ? copy : null }
  }

  function showAsk(res: Response, { opened, matter }: Changing, expired = false): void {
    const { number } = opened.claim.live
    res.status(expired ? 403 : 200).render('claims/changes/answers-ask', {
      number,
      href: ownClaimPath(number),
      case: caseOf(matter, res),
      expired,
    })
  }

  function showForm(
    res: Response,
    { opened, matter, form: asked }: Changing,
    given: {
      raw: RawFields
      errors?: FieldErrors
      expired?: boolean
      unchanged?: boolean
      ruledOut?: Question[]
    },
  ): void {
    const { raw, errors = {}, expired = false, unchanged = false, ruledOut = [] } = given
    const lang = languageOf(res)
    const onPage = new Set(allQuestions(asked).map(({ id }) => id))
    const steps = asked.steps.map((step) => ({
      title: step.title[lang],
      fields: step.questions
        .filter(({ role }) => role !== 'email')
        .map((question) => questionField(question, { raw, errors, lang, onPage })),
    }))
    const lines = [
      ...errorLines(allQuestions(asked), errors, lang),
      ...ruledOut.map((question) => ({
        id: question.id,
        message: ('notEligible' in question && question.notEligible?.[lang]) || '',
      })),
    ]
    const { live, copy } = opened.claim
    res.status(expired ? 403 : lines.length > 0 ? 422 : 200).render('claims/changes/answers', {
      number: live.number,
      href: ownClaimPath(live.number),
      case: caseOf(matter, res),
      accepted: live.state === 'accepted',
      email: copy.email,
      steps,
      errors: lines,
      expired,
      unchanged,
    })
  }
}

function caseOf(matter: Matter, res: Response) {
  return { name: matter.content.title[languageOf(res)], href: `/matters/${matter.slug}` }
}

/** The address for mail as it stands: it is changed in a way of its own, and no field of this form. */
function emailField(form: ClaimForm, answers: Answers): RawFields {
  const email = allQuestions(form).find(({ role }) => role === 'email')
  const own = Object.entries(answers).filter(([id]) => id === email?.id)
  return typedValues(form, Object.fromEntries(own))
}

/** Everything typed; where a resident registration number stood, what is wrong instead. */
function typedFields(form: ClaimForm, body: Record<string, unknown>, lang: 'ko' | 'en') {
  const raw: RawFields = Object.assign({}, ...allQuestions(form).map((one) => rawFields(one, body)))
  const forbidden = fieldsWithResidentNumber(raw)
  const typed = Object.fromEntries(
    Object.entries(raw).filter(([name]) => !forbidden.includes(name)),
  )
  return { typed, errors: residentNumberErrors(forbidden, lang) }
}
