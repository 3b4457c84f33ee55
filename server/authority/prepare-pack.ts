import { randomBytes } from 'node:crypto'
import type { GivenConsent } from '../claims/claim-content'
import type { SealedHousehold } from '../households/household'
import { newId } from '../kernel/ids'
import type { Answers, BothTexts, ClaimForm, QuestionRole } from '../matters/form-schema'
import { ageOn, dayIn } from '../matters/forms/date'
import { questionWithRole } from '../matters/forms/parse-form'
import type { Matter } from '../matters/matter-file'
import type { SealedRecord, Sealer } from '../vault/sealer'
import type { DraftSigning } from './draft-signing'
import { documentsKey, fillDocuments } from './fill-documents'
import { hashOf, type PackContent, type PackCore, type Place } from './pack-content'

/** What a filing or a later signing writes of a pack. */
export interface PreparedPack {
  id: string
  core: PackCore
  firmId: string
  documents: string
  needsGuardian: boolean
  /** SHA-256 of the core */
  documentSha256: Buffer
  record: SealedRecord
}

/** What decides about the text that is signed. */
interface ToSign {
  answers: Answers
  signPlace?: Place | undefined
  household?: SealedHousehold | undefined
}

/** Whether what is in a draft was signed as it would be shown now. */
export function isSigned(
  matter: Matter,
  draft: ToSign & { signed?: DraftSigning | undefined },
): boolean {
  if (matter.content.documents.length === 0) return true
  const { signed } = draft
  return signed !== undefined && signed.shown === shownHash(matter, draft, signed)
}

/** SHA-256 in hex of what a person is shown at that moment. */
export function shownHash(
  matter: Matter,
  { answers, signPlace, household }: ToSign,
  { at, language }: Pick<DraftSigning, 'at' | 'language'>,
): string {
  const place = signPlace ?? null
  const heir = household?.heir
  const documents = fillDocuments(matter, { answers, place, at: new Date(at), language, heir })
  return hashOf(documents).toString('hex')
}

/** Whether the person is not of age on the day of `at` and the form takes them with a guardian. */
export function needsGuardian(
  form: ClaimForm,
  answers: Answers,
  timeZone: string,
  at: Date,
): boolean {
  const born = questionWithRole(form, 'birth_date')
  if (born?.type !== 'date' || !born.withGuardian || born.minAge === undefined) return false
  const answer = answers[born.id]
  return typeof answer === 'string' && ageOn(dayIn(timeZone, at), answer) < born.minAge
}

/** The core of a pack: what was shown, filled once more, and signed. */
export function packCore(
  matter: Matter,
  about: {
    id: string
    claimId: string
    number: string
    answers: Answers
    form?: ClaimForm
    consents: GivenConsent[]
    signed: DraftSigning
    place: Place | null
    signer: PackCore['signer']
    household?: SealedHousehold | undefined
  },
): PackCore {
  const { signed, answers, form = matter.form, household } = about
  const { language } = signed
  return {
    format: 'joinder-pack',
    v: 1,
    pack: about.id,
    claim: about.claimId,
    number: about.number,
    matter: matter.slug,
    case: matter.content.title,
    firm: { id: matter.firm.id, name: matter.firm.content.name },
    signer: about.signer,
    documents: fillDocuments(matter, {
      answers,
      form,
      place: about.place,
      at: new Date(signed.at),
      language,
      heir: household?.heir,
    }),
    ...(household && household.role !== 'self' && { household }),
    consents: about.consents.map((one) => ({ ...one, title: titleOf(matter, one.id) })),
    signature: signed.signature,
    place: about.place,
    language,
    signedAt: signed.at,
    timeZone: matter.content.timeZone,
    nonce: randomBytes(32).toString('hex'),
  }
}

function titleOf(matter: Matter, consentId: string): BothTexts {
  const consent = matter.content.consents.find(({ id }) => id === consentId)
  return consent?.title ?? { ko: consentId, en: consentId }
}

/** Seals what was signed with a filing; null for a matter that has nothing signed. */
export function preparePack(
  sealer: Sealer,
  matter: Matter,
  filing: {
    claimId: string
    number: string
    answers: Answers
    consents: GivenConsent[]
    signed: DraftSigning | undefined
    place: Place | undefined
    household?: SealedHousehold | undefined
    now: Date
  },
): PreparedPack | null {
  const { claimId, answers, signed, household, now } = filing
  if (matter.content.documents.length === 0 || !signed) return null
  const id = newId(now.getTime())
  const core = packCore(matter, {
    id,
    claimId,
    number: filing.number,
    answers,
    consents: filing.consents,
    signed,
    place: filing.place ?? null,
    signer: claimantSigner(textIn(matter.form, answers, 'name'), household),
    household,
  })
  const content: PackContent = { core, address: signed.address, device: signed.device }
  return {
    id,
    core,
    firmId: matter.firm.id,
    documents: documentsKey(matter),
    needsGuardian: needsGuardian(
      matter.form,
      answers,
      matter.content.timeZone,
      new Date(signed.at),
    ),
    documentSha256: hashOf(core),
    record: sealer.sealPack({ packId: id, claimId, content }),
  }
}

/** Who signs for a claim: the person it names, or, of one who has died, whoever inherits. */
export function claimantSigner(
  name: string,
  household: SealedHousehold | undefined,
): Extract<PackCore['signer'], { role: 'claimant' }> {
  const heir = household?.heir
  return heir === undefined
    ? { role: 'claimant', name }
    : { role: 'claimant', name: heir, of: name }
}

/** The answer to the question with that role, a name or an address, or an empty text. */
export function textIn(form: ClaimForm, answers: Answers, role: QuestionRole): string {
  const question = questionWithRole(form, role)
  const name = question && answers[question.id]
  return typeof name === 'string' ? name : ''
}
