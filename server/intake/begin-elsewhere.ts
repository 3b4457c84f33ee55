import type { Response } from 'express'
import { householdIdOf, type DraftHousehold, type Relation } from '../households/household'
import type { Answers, ClaimForm } from '../matters/form-schema'
import { questionWithRole } from '../matters/forms/parse-form'
import type { Matter } from '../matters/matter-file'
import type { AppDeps } from '../web/deps'
import type { Language } from '../web/languages'
import { carryAnswers } from './carry-answers'
import { emptyDraft, type DraftContent } from './draft-content'
import { setCarriedCookie } from './draft-cookie'
import { beginDraft } from './keep-draft'

/** A claim of whoever asks, as this browser holds it: what else they file begins with it. */
export interface OwnFiled {
  claimId: string
  number: string
  matter: Matter
  /** with which it was filed */
  form: ClaimForm
  answers: Answers
  /** that it belongs to already */
  household?: DraftHousehold | undefined
}

/** Where a draft that was begun elsewhere is looked at before anybody goes on with it. */
export function carriedPath({ slug }: Matter): string {
  return `/matters/${slug}/file/carried`
}

/** Of a member of a household, what whoever files for them says first. */
export interface Member {
  relation: Relation
  /** `own`: they go on from a mailbox of their own; `mine`: in this browser, without one */
  mail: { kind: 'own'; email: string } | { kind: 'mine' }
}

/** Begins a draft in another case of the incident with the answers that both forms share. */
export async function beginTrack(
  deps: AppDeps,
  res: Response,
  own: OwnFiled,
  other: Matter,
  lang: Language,
): Promise<void> {
  const answers = carryAnswers(own, other.form, optionsOf(deps, other, lang))
  const { household } = own
  await begin(deps, res, other, own, answers, household && withoutMailbox(household))
}

/** Begins a draft for a member of the household: where they live, and nothing of who they are. */
export async function beginMember(
  deps: AppDeps,
  res: Response,
  own: OwnFiled,
  { relation, mail }: Member,
  lang: Language,
): Promise<void> {
  const answers = {
    ...sharedInHousehold(deps, own, lang),
    ...emailAnswer(own.matter.form, mail.kind === 'own' ? mail.email : emailOf(own)),
  }
  await begin(deps, res, own.matter, own, answers, {
    ...householdOf(own),
    role: 'member',
    relation,
    ...(mail.kind === 'own' ? { how: 'link', handOverTo: mail.email } : { how: 'device' }),
  })
}

/** Begins a draft for a person who has died, of whom `heir` inherits: mail goes to whoever files. */
export async function beginHeir(
  deps: AppDeps,
  res: Response,
  own: OwnFiled,
  { relation, heir }: { relation: Relation; heir: string },
  lang: Language,
): Promise<void> {
  const answers = {
    ...sharedInHousehold(deps, own, lang),
    ...emailAnswer(own.matter.form, emailOf(own)),
  }
  await begin(deps, res, own.matter, own, answers, {
    ...householdOf(own),
    role: 'heir',
    relation,
    how: 'device',
    heir,
  })
}

async function begin(
  deps: AppDeps,
  res: Response,
  to: Matter,
  own: OwnFiled,
  answers: Answers,
  household: DraftHousehold | undefined,
): Promise<void> {
  // Neither consents nor a signature, nor what was typed and not checked: those are never taken over.
  const content: DraftContent = {
    ...emptyDraft(to.form),
    answers,
    carried: { from: own.matter.slug, number: own.number, questions: Object.keys(answers) },
    ...(household && { household }),
  }
  setCarriedCookie(res, deps.config, to.slug, await beginDraft(deps, to, content))
  res.redirect(303, carriedPath(to))
}

function optionsOf({ clock }: AppDeps, matter: Matter, lang: Language) {
  return { lang, now: clock.now(), timeZone: matter.content.timeZone }
}

/** Where they live: name, birth date, phone and what happened are everyone's own. */
function sharedInHousehold(deps: AppDeps, own: OwnFiled, lang: Language): Answers {
  const { form } = own.matter
  const options = optionsOf(deps, own.matter, lang)
  return carryAnswers(own, form, options, ({ role }) => role === 'address')
}

/** The household of a claim: the one it is in, or the one that begins with it. */
function householdOf({ claimId, number, household }: OwnFiled) {
  return {
    id: household?.id ?? householdIdOf(claimId),
    founder: household?.founder ?? claimId,
    // On one device it is the same person who goes on from the claim they filed for somebody else.
    filer: household?.how === 'device' ? household.filer : number,
  }
}

/** In another case a member is still one; their form is with them already. */
function withoutMailbox({ handOverTo: _gone, ...household }: DraftHousehold): DraftHousehold {
  return household
}

function emailOf({ form, answers }: OwnFiled): string | undefined {
  const question = questionWithRole(form, 'email')
  const answer = question && answers[question.id]
  return typeof answer === 'string' ? answer : undefined
}

function emailAnswer(form: ClaimForm, email: string | undefined): Answers {
  const question = questionWithRole(form, 'email')
  return question && email !== undefined ? { [question.id]: email } : {}
}
