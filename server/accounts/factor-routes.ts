import type { Request, Response, Router } from 'express'
import { Problem } from '../kernel/problem'
import { staffSecrets } from '../vault/staff-secrets'
import { textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { localPath } from '../web/local-path'
import { addressOf, limit } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import { selectAccount, type Account } from './accounts.store'
import { browserOf } from './browser-of'
import { enrolFirstFactor, provenTotp, type NewFactor } from './factors/enrol-factor'
import { listFactors } from './factors/list-factors'
import { creationOptions, readNewPasskey, readPasskey, requestOptions } from './factors/passkeys'
import type { Proof } from './factors/prove-factor'
import { recoveryCodeIn } from './factors/recovery-codes'
import { totpSetUp } from './factors/totp'
import { guessBrake } from './guess-brake'
import { challengeOf, halfwayOf, takeChallenge } from './halfway'
import { fromOf, letIn } from './let-in'
import { pendingSecret } from './pending-secret'
import { showSignIn, type SignInProblem } from './show-sign-in'
import { completeSignIn, mayEnrol } from './sign-in'
import { typed } from './typed'

/** The second step of signing in: a code or a passkey, or setting up the first of them. */
export function factorRoutes(deps: AppDeps): Router {
  const { db, config, clock } = deps
  const routes = routeTable()
  const form = { who: 'anyone', csrf: 'flag' } as const
  const brake = guessBrake(deps, 'factor')
  const byAddress = limit(deps, {
    name: 'passkey-address',
    by: addressOf,
    ...config.limits.rate.signInAddress,
    store: 'database',
  })

  routes.get('/sign-in/code', { who: 'anyone' }, async (req, res) => {
    await withHalfway(req, res, (account) => showCode(req, res, account, null))
  })

  routes.post('/sign-in/code', form, async (req, res) => {
    await withHalfway(req, res, async (account, next) => {
      if (req.csrfFailed) return showCode(req, res, account, 'expired')
      const proof = await proofIn(req, account)
      // A signature cannot be guessed; what is typed can.
      if (proof?.kind !== 'passkey') await brake.consume(req, { id: account.id })
      const signedIn = proof
        ? await completeSignIn(deps, account.id, proof, fromOf(req, deps))
        : { ok: false as const, why: 'wrong' as const }
      if (!signedIn.ok) {
        if (signedIn.why === 'outside') throw new Problem('outside_network')
        if (signedIn.why === 'asleep') return backToSignIn(req, res, 'asleep')
        return showCode(req, res, account, typed(req, 'passkey') ? 'passkey' : 'wrong')
      }
      await brake.forgive(req, { id: account.id })
      await letIn(deps, req, res, signedIn)
      res.redirect(303, next)
    })
  })

  // A passkey alone: it knows whose it is, and asks its holder for finger, face or PIN.
  routes.post('/sign-in/passkey', form, byAddress, async (req, res) => {
    if (req.csrfFailed) return backToSignIn(req, res, 'expired')
    const passkey = await readPasskey(
      db,
      config.staffUrl,
      takeChallenge(req),
      typed(req, 'passkey'),
    )
    if (!passkey) return backToSignIn(req, res, 'passkey')
    const proof: Proof = { kind: 'passkey', passkey }
    const signedIn = await completeSignIn(deps, passkey.personId, proof, fromOf(req, deps))
    if (!signedIn.ok) {
      if (signedIn.why === 'outside') throw new Problem('outside_network')
      return backToSignIn(req, res, signedIn.why === 'asleep' ? 'asleep' : 'passkey')
    }
    await letIn(deps, req, res, signedIn)
    res.redirect(303, localPath(typed(req, 'next')))
  })

  routes.get('/sign-in/set-up', { who: 'anyone' }, async (req, res) => {
    await withHalfway(req, res, (account) => showSetUp(req, res, account, null))
  })

  routes.post('/sign-in/set-up', form, async (req, res) => {
    await withHalfway(req, res, async (account, next) => {
      if (req.csrfFailed) return showSetUp(req, res, account, 'expired')
      const factor = await newFactorIn(req, account)
      if (!factor) {
        return showSetUp(req, res, account, typed(req, 'passkey') ? 'passkey' : 'wrong')
      }
      const enrolled = await enrolFirstFactor(deps, account.id, factor, fromOf(req, deps))
      if (!enrolled.ok) return backToSignIn(req, res, 'late')
      await letIn(deps, req, res, enrolled)
      res.render('accounts/recovery-codes', { codes: enrolled.recoveryCodes, next })
    })
  })

  // Only gives back what it is sent, as a file: the codes are kept nowhere to be read again.
  routes.post('/account/recovery-codes/text', { who: 'signed-in' }, (req, res) => {
    const codes = typed(req, 'codes')
      .split(/\s+/)
      .flatMap((one) => recoveryCodeIn(one) ?? [])
    if (codes.length === 0) throw new Problem('invalid')
    const heading = textsOf(res)('accounts:recovery.fileHeading')
    res.attachment('joinder-recovery-codes.txt')
    res.type('text/plain; charset=utf-8')
    res.send(`${heading}\r\n\r\n${codes.join('\r\n')}\r\n`)
  })

  return routes.router

  /** Runs `work` for whoever gave the right password a moment ago; everybody else begins anew. */
  async function withHalfway(
    req: Request,
    res: Response,
    work: (account: Account, next: string) => Promise<void> | void,
  ): Promise<void> {
    if (req.user) return res.redirect(303, '/')
    const halfway = halfwayOf(req, clock, config.limits.halfwayMinutes)
    const account = halfway && (await selectAccount(db, { id: halfway.personId, state: 'active' }))
    if (!account) return backToSignIn(req, res, 'late')
    await work(account, localPath(halfway.next))
  }

  async function backToSignIn(req: Request, res: Response, problem: SignInProblem): Promise<void> {
    if (req.method === 'GET') return res.redirect(303, '/sign-in')
    res.status(422)
    const { next = '/' } = req.session.halfway ?? {}
    await showSignIn(deps, req, res, { next: localPath(typed(req, 'next'), next), problem })
  }

  async function proofIn(req: Request, { id }: Account): Promise<Proof | null> {
    const signed = typed(req, 'passkey')
    if (signed === '') return { kind: 'typed', text: typed(req, 'code') }
    const passkey = await readPasskey(db, config.staffUrl, takeChallenge(req), signed)
    return passkey?.personId === id ? { kind: 'passkey', passkey } : null
  }

  async function newFactorIn(req: Request, account: Account): Promise<NewFactor | null> {
    const made = typed(req, 'passkey')
    if (made === '') {
      const secret = pendingSecret(req, staffSecrets(config.keys.staffKey), account.id)
      return provenTotp(secret, typed(req, 'code'), clock.now())
    }
    const passkey = await readNewPasskey(config.staffUrl, takeChallenge(req), made)
    const browser = browserOf(req.headers['user-agent'])
    return passkey && { kind: 'passkey', passkey, browser }
  }

  async function showCode(
    req: Request,
    res: Response,
    account: Account,
    problem: 'wrong' | 'passkey' | 'expired' | null,
  ): Promise<void> {
    if (problem) res.status(422)
    const { totpSince, passkeys } = await listFactors(db, account.id)
    if (!totpSince && passkeys.length === 0) return res.redirect(303, '/sign-in/set-up')
    const options =
      passkeys.length > 0 ? await requestOptions(config.staffUrl, challengeOf(req), passkeys) : null
    res.render('accounts/code', {
      problem,
      hasApp: totpSince !== null,
      passkey: options && JSON.stringify(options),
      demonstration: config.demonstration,
    })
  }

  async function showSetUp(
    req: Request,
    res: Response,
    account: Account,
    problem: 'wrong' | 'passkey' | 'expired' | null,
  ): Promise<void> {
    const { totpSince, passkeys } = await listFactors(db, account.id)
    if (totpSince || passkeys.length > 0) return res.redirect(303, '/sign-in/code')
    if (!mayEnrol(account, clock.now())) return backToSignIn(req, res, 'late')
    if (problem) res.status(422)
    const secret = pendingSecret(req, staffSecrets(config.keys.staffKey), account.id)
    const options = await creationOptions(config.staffUrl, challengeOf(req), account, [])
    res.render('accounts/set-up', {
      problem,
      app: totpSetUp(secret, { issuer: textsOf(res)('layout:brand'), label: account.email }),
      passkey: JSON.stringify(options),
    })
  }
}
