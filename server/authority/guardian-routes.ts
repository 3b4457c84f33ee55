import type { Request, Response, Router } from 'express'
import { isId } from '../kernel/ids'
import { findClaimForm, findMatter } from '../matters/list-matters'
import { openCopy } from '../vault/claimant-copies'
import { createSealer } from '../vault/sealer'
import { digestToken } from '../vault/verification-secrets'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { limitForms } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import { askToSign, findSigningOutcome } from './ask-to-sign'
import * as store from './authority.store'
import type { GuardianCopy } from './invite-guardian'
import { signedWords } from './show-documents'
import {
  placeOf,
  readSigning,
  signingView,
  type SentSigning,
  type SigningPage,
} from './signing-page'

type LinkState = 'usable' | 'done' | 'expired' | 'superseded' | 'unknown'

const statusOf = { usable: 200, done: 200, expired: 410, superseded: 410, unknown: 404 } as const

/**
 * What a guardian sees under their own mailed link: what the child agreed to and signed. Their consents and
 * signature go to the worker; opening the link changes nothing.
 */
export function guardianRoutes(deps: AppDeps): Router {
  const { db, config, clock } = deps
  const { limits } = config
  const routes = routeTable()
  const signing = { db, clock, sealer: createSealer(config.keys) }
  const page = { who: 'anyone', session: true } as const
  const form = { who: 'anyone', csrf: 'flag' } as const
  // A link cannot be guessed: this only brakes floods.
  const pressing = limitForms(deps, 'guardian')

  routes.get('/guardian/:token', page, async (req, res) => {
    await show(req, res, req.params.token)
  })

  routes.post('/guardian/:token', form, pressing, async (req, res) => {
    const { token } = req.params
    const opened = await open(res, token)
    if (!opened) return show(req, res, token)
    const place = placeOf(opened.page.matter, (req.body as Record<string, unknown>)['place'])
    if (place === undefined) return show(req, res, token)
    const read = readSigning(opened.page, req as unknown as Request, place)
    if (!read.ok) return show(req, res, token, { place, sent: read.sent })
    const content = { ...read.content, secret: token }
    const id = await askToSign(signing, 'guardian', opened.copy.claimId, content)
    res.redirect(303, `/guardian/${token}?sent=${id}`)
  })

  return routes.router

  async function stateOf(token: string): Promise<LinkState> {
    if (!/^[A-Za-z0-9_-]{43}$/.test(token)) return 'unknown'
    const link = await store.selectGuardianLink(db, digestToken(token))
    if (!link) return 'unknown'
    if (link.consumed_at) return 'done'
    if (link.superseded_at) return 'superseded'
    return link.expires_at <= clock.now() ? 'expired' : 'usable'
  }

  async function open(
    res: Response,
    token: string,
  ): Promise<{ page: SigningPage; copy: GuardianCopy } | null> {
    if ((await stateOf(token)) !== 'usable') return null
    const copy = (await openCopy(db, 'guardian', token)) as GuardianCopy | null
    const matter = copy && (await findMatter(db, copy.matter))
    const claimForm = copy && matter && (await findClaimForm(db, matter.id, copy.formVersion))
    if (!copy || !matter || !claimForm) return null
    return {
      copy,
      page: {
        matter,
        form: claimForm,
        answers: copy.answers,
        name: copy.guardian,
        // Those of the child that the child gave; each is the guardian's to give or not.
        consents: matter.content.consents.filter(
          (one) => one.required || copy.consents.some(({ id, given }) => id === one.id && given),
        ),
        t: textsOf(res),
        lang: languageOf(res),
        now: clock.now(),
        limits,
      },
    }
  }

  async function show(
    req: Request<{ token: string }>,
    res: Response,
    token: string,
    given: { place?: ReturnType<typeof placeOf>; sent?: SentSigning } = {},
  ): Promise<void> {
    const opened = await open(res, token)
    const lang = languageOf(res)
    if (!opened) {
      const state = await stateOf(token)
      res.status(statusOf[state])
      // Usable, yet its copy is gone: as good as a link that is none.
      return res.render('authority/guardian-over', {
        state: state === 'usable' ? 'unknown' : state,
        days: limits.guardianDays,
      })
    }
    const { sent: id } = req.query
    const outcome =
      isId(id) && !given.sent ? await findSigningOutcome(db, opened.copy.claimId, id) : undefined
    // Taken, its link is used up: the next look says so.
    if (outcome !== undefined) {
      const refused = outcome === 'refused'
      return res.render('authority/guardian-sent', {
        number: opened.copy.number,
        again: refused ? `/guardian/${token}` : null,
        refresh: refused ? undefined : limits.accessWaitSeconds,
      })
    }
    const { page: signingPage, copy } = opened
    const { matter } = signingPage
    const t = textsOf(res)
    const place = given.place ?? placeOf(matter, req.query['place'])
    const around = {
      number: copy.number,
      case: { name: matter.content.title[lang], href: `/matters/${matter.slug}` },
      back: null,
      action: `/guardian/${token}`,
      title: t('authority:guardian.title'),
      lead: t('authority:guardian.lead', {
        child: copy.child,
        firm: matter.firm.content.name[lang],
      }),
    }
    if (place === undefined) return res.render('authority/place', around)
    const { sent = null } = given
    res.status(sent?.expired ? 403 : sent ? 422 : 200)
    res.render('authority/guardian', {
      ...around,
      child: copy.child,
      childSigned: signedWords(copy.signed, lang),
      ...signingView(signingPage, place, sent),
    })
  }
}
