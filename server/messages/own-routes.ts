import type { Request, Response, Router } from 'express'
import { askAndWait } from '../claims/changes/ask-and-wait'
import { allowsChange } from '../claims/changes/change-kinds'
import { openOwn, type OpenedOwn } from '../claims/access/open-own'
import { momentIn, ownClaimPath } from '../claims/access/own-pages'
import { createSealer } from '../vault/sealer'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { addressOf, limit } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import { parseText } from './message-text'
import type { Desk } from './messages.store'
import { deskWords, ownMessagesPath, ownMessagesWords, unheardWords } from './own-page'
import { findOwnMessages } from './own-thread'
import type { MessagesCopy } from './read-own-messages'

const desks: readonly Desk[] = ['moderators', 'counsel']
const dayMs = 24 * 60 * 60 * 1000

interface Typed {
  desk?: string
  text?: string
  errors?: Record<string, string>
  expired?: boolean
}

/** What a claimant and the people of the case write to each other, in the browser in which the claim is open. */
export function ownMessageRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const { limits } = config
  const routes = routeTable()
  const asking = { ...deps, sealer: createSealer(config.keys) }
  // Each is work for the worker.
  const perAddress = limit(deps, {
    name: 'message',
    by: addressOf,
    ...limits.rate.verify,
    store: 'database',
  })

  routes.get(
    '/claims/mine/:number/messages',
    { who: 'anyone', session: true },
    async (req, res) => {
      const opened = await openOwn(deps, req, res)
      if (opened) await showPage(res, opened)
    },
  )

  const form = { who: 'anyone', csrf: 'flag' } as const
  routes.post('/claims/mine/:number/messages', form, perAddress, async (req, res) => {
    const opened = await openOwn(deps, req, res)
    if (!opened) return
    const { desk, parsed, raw } = readForm(req)
    const t = textsOf(res)
    // Looked at before anything is sealed, and never shown again.
    if (!parsed.ok && parsed.error === 'resident_number') {
      return showPage(res, opened, { desk, errors: { text: t('matters:field.resident_number') } })
    }
    if (req.csrfFailed) return showPage(res, opened, { desk, text: raw, expired: true })
    const chosen = desksOf(opened).find((one) => one === desk)
    const errors: Record<string, string> = {}
    if (!chosen) errors['desk'] = t('messages:ask.missingDesk')
    if (!parsed.ok) {
      errors['text'] = t(`messages:text.${parsed.error}`, { count: limits.messageChars })
    }
    const copy = await findOwnMessages(db, opened.secret, opened.claim.live.id)
    if (copy && askedToday(copy) >= limits.questionsPerDay) {
      errors['text'] ??= t('messages:ask.tooOften', { count: limits.questionsPerDay })
    }
    if (!chosen || !parsed.ok || Object.keys(errors).length > 0) {
      return showPage(res, opened, { desk, text: raw, errors })
    }
    await askAndWait(asking, res, opened, 'message', { desk: chosen, text: parsed.text })
  })

  return routes.router

  /** A firm that the claimant has not agreed to reads nothing of theirs, and the one before does not see it. */
  function desksOf({ claim, matter }: OpenedOwn): readonly Desk[] {
    const agreed = matter?.firm.id === claim.live.firm_id
    return agreed ? desks : desks.filter((one) => one !== 'counsel')
  }

  /** As far as this browser knows; the worker counts again. */
  function askedToday({ messages }: MessagesCopy): number {
    const since = new Date(clock.now().getTime() - dayMs).toISOString()
    return messages.filter(
      ({ from, about, at }) => from === null && about === 'question' && at > since,
    ).length
  }

  function readForm(req: Request<{ number: string }>) {
    const body = req.body as Record<string, unknown>
    const text = (name: string) => (typeof body[name] === 'string' ? body[name] : '')
    const raw = text('text')
    return { desk: text('desk'), raw, parsed: parseText(raw, limits.messageChars) }
  }

  async function showPage(
    res: Response,
    opened: OpenedOwn,
    { desk = '', text = '', errors = {}, expired = false }: Typed = {},
  ): Promise<void> {
    const { claim, matter, secret, until } = opened
    const t = textsOf(res)
    const lang = languageOf(res)
    const { id, number, state } = claim.live
    const copy = await findOwnMessages(db, secret, id)
    const refused = Object.keys(errors).length > 0
    res.status(expired ? 403 : refused ? 422 : 200).render('messages/own', {
      number,
      case: matter && { name: matter.content.title[lang], href: `/matters/${matter.slug}` },
      back: ownClaimPath(number),
      action: ownMessagesPath(number),
      thread: copy && ownMessagesWords(copy, matter, t, lang),
      most: limits.threadMessages,
      mayAsk: allowsChange(state, 'message'),
      unheard: copy && unheardWords(copy, matter, t, lang),
      // Without its own papers a new firm gets nothing: agreeing to it is signing them.
      newFirm: matter &&
        desksOf(opened).length < desks.length && {
          text: t('messages:own.newFirm', { firm: matter.firm.content.name[lang] }),
          href: `${ownClaimPath(number)}/papers`,
        },
      desks: desksOf(opened).map((value) => ({
        value,
        text:
          value === 'moderators' ? t('messages:ask.reviewers') : deskWords(value, matter, t, lang),
        hint: t(`messages:deskHint.${value}`),
      })),
      values: { desk, text },
      fieldErrors: errors,
      errors: Object.entries(errors).map(([field, message]) => ({ id: field, message })),
      expired,
      chars: limits.messageChars,
      perDay: limits.questionsPerDay,
      until: momentIn(matter, until, lang),
    })
  }
}
