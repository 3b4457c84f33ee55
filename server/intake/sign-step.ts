import type { Request, Response } from 'express'
import { asksPlace, fillDocuments } from '../authority/fill-documents'
import { hashOf, places, type Place } from '../authority/pack-content'
import { parseSigning, typedSigning, type TypedSigning } from '../authority/parse-signing'
import { signingForm } from '../authority/show-documents'
import type { AppDeps } from '../web/deps'
import { addressOf } from '../web/rate-limit'
import { errorList, stepBar, surroundings, type Filing } from './filing-page'
import { signerOf } from './filing-steps'
import { signStatement } from './parse-consents'
import { goesElsewhere, keepAndGoOn } from './go-on'
import { backFrom, statementLines, statusOf, type Given } from './show-pages'

type SlugAndStep = { slug: string; step: string }

/**
 * The step in which the documents of a matter are read and signed. Where a document has two endings, it
 * first asks where the person signs: what they sign has to stand on the page as it is.
 */
export function showSign(
  deps: AppDeps,
  res: Response,
  filing: Filing,
  given: Given<Record<string, string>> & {
    typed?: TypedSigning
    changed?: boolean
    place?: boolean
  } = {},
): void {
  const { matter, draft, lang, now, t } = filing
  const { errors = {} } = given
  const place = draft.signPlace ?? null
  const around = {
    ...surroundings(deps, filing),
    bar: stepBar(filing, 'sign'),
    back: backFrom(filing, 'sign'),
    errors: errorList(errors),
    expired: given.expired ?? false,
  }
  res.status(statusOf(given))
  if (asksPlace(matter) && (place === null || given.place)) {
    return res.render('intake/sign-place', { ...around, place, error: errors['place'] })
  }
  const documents = fillDocuments(matter, {
    answers: draft.answers,
    place,
    at: now,
    language: lang,
    heir: draft.household?.heir,
  })
  res.render('intake/sign', {
    ...around,
    changed: given.changed ?? false,
    place,
    /** somebody is engaged: two must not be, in one suit */
    engages: documents.some(({ kind }) => kind === 'power_of_attorney'),
    statement: statementLines(matter, lang),
    sign: signingForm(documents, {
      t,
      name: signerOf(matter, draft),
      shown: hashOf(documents).toString('hex'),
      typed: given.typed ?? null,
      before: draft.signed?.signature ?? null,
      errors,
    }),
  })
}

/** Takes what the sign step sent: where the person signs, or the signature. */
export async function postSign(
  deps: AppDeps,
  req: Request<SlugAndStep>,
  res: Response,
  filing: Filing,
): Promise<void> {
  const { matter, draft, lang, now, t } = filing
  const body = req.body as Record<string, unknown>
  if (body['place'] !== undefined) return postPlace(deps, req, res, filing)
  const { limits } = deps.config
  if (req.csrfFailed) {
    return showSign(deps, res, filing, { expired: true, ...typedSigning(body, t, limits) })
  }
  // Signing comes last: whoever goes on elsewhere signs there.
  if (goesElsewhere(body)) return keepAndGoOn(deps, req, res, filing, (content) => content)
  if (asksPlace(matter) && draft.signPlace === undefined) return showSign(deps, res, filing)
  const name = signerOf(matter, draft)
  const parsed = parseSigning(body, { name, t, limits })
  if (!parsed.ok) return showSign(deps, res, filing, parsed)
  const documents = fillDocuments(matter, {
    answers: draft.answers,
    place: draft.signPlace ?? null,
    at: now,
    language: lang,
    heir: draft.household?.heir,
  })
  const shown = hashOf(documents).toString('hex')
  if (parsed.shown !== shown) {
    const { typed } = typedSigning(body, t, limits)
    return showSign(deps, res, filing, {
      errors: {},
      changed: true,
      typed: { ...typed, read: false },
    })
  }
  await keepAndGoOn(deps, req, res, filing, (content) => ({
    ...content,
    // One signature under the documents and the statement below them; who drew it is known by their name.
    signature: signStatement(
      matter,
      parsed.signature.kind === 'typed' ? parsed.signature.text : name,
      now,
    ),
    signed: {
      shown,
      signature: parsed.signature,
      at: now.toISOString(),
      language: lang,
      address: addressOf(req as Request) ?? '',
      device: (req.headers['user-agent'] ?? '').slice(0, 300),
    },
  }))
}

async function postPlace(
  deps: AppDeps,
  req: Request<SlugAndStep>,
  res: Response,
  filing: Filing,
): Promise<void> {
  const { place } = req.body as Record<string, unknown>
  if (req.csrfFailed) return showSign(deps, res, filing, { expired: true, place: true })
  if (!isPlace(place)) {
    const errors = { place: filing.t('authority:place.missing') }
    return showSign(deps, res, filing, { errors, place: true })
  }
  await keepAndGoOn(deps, req, res, filing, (content) => ({ ...content, signPlace: place }))
}

function isPlace(value: unknown): value is Place {
  return places.some((one) => one === value)
}
