import type { Request, RequestHandler, Response, Router } from 'express'
import multer, { MulterError } from 'multer'
import type { Db } from '../../db/connections'
import { Problem } from '../../kernel/problem'
import type { Limits } from '../../limits'
import { listMatters } from '../../matters/list-matters'
import { languageOf, textsOf } from '../../web/choose-language'
import type { AppDeps } from '../../web/deps'
import { renderPacked } from '../../web/pack-page'
import { addressOf, limit } from '../../web/rate-limit'
import { routeTable } from '../../web/routes'
import { readCheckpoint, readTile } from '../read-published'
import { verifierKey, type LogKey } from '../tree/checkpoint'
import { trustedKeys } from '../trusted-keys'
import { checkReceipt, type CheckedReceipt } from './check-receipt'
import { compareToday, type PublishedLedger } from './compare-today'
import { sha256 } from './primitives'
import { receiptTextIn } from './receipt'
import {
  factsOf,
  resultOf,
  shownParts,
  verdicts,
  type Asked,
  type ShownResult,
} from './show-result'

/**
 * Checking a receipt. The page is the same for everyone and its script checks in the browser; the form
 * does the same without one. Nothing is kept, and the form changes nothing and carries no cookie, so it
 * needs no token.
 */
export function verifyRoutes(deps: AppDeps): Router {
  const { db, config } = deps
  const { matterCacheSeconds, rate } = config.limits
  const routes = routeTable()
  // Against floods only: with JavaScript nobody posts.
  const checking = limit(deps, { name: 'check', by: addressOf, ...rate.check, store: 'memory' })

  routes.get('/verify', { who: 'anyone', cacheSeconds: matterCacheSeconds }, async (req, res) => {
    const keys = await trustedKeys(db, config)
    await renderPacked(req, res, view, await localsFor(res, { keys }))
  })

  routes.post(
    '/verify',
    { who: 'anyone', csrf: 'none', body: 'none' },
    checking,
    readReceipt(config.limits),
    async (req, res) => {
      const keys = await trustedKeys(db, config)
      const given = givenIn(req, res)
      if ('error' in given) {
        res.status(given.error.kind === 'tooLarge' ? 413 : 422)
        return res.render(view, await localsFor(res, { keys, ...given }))
      }
      const { text } = given
      const result = await resultFor(checkReceipt(text, keys), keys, res)
      res.render(view, await localsFor(res, { keys, text, result }))
    },
  )

  return routes.router

  async function resultFor(
    checked: CheckedReceipt,
    keys: LogKey[],
    res: Response,
  ): Promise<ShownResult> {
    const { receipt, index, verdict } = checked
    if (!receipt) return resultOf(checked, null)
    const facts = factsOf(receipt, index, {
      lang: languageOf(res),
      titleOf: titlesOf(await cases(res)),
    })
    if (verdict !== 'right' || receipt.proof === null) return resultOf(checked, facts)
    const { entry, proof } = receipt
    return resultOf(checked, facts, { today: await today({ entry, proof }, keys) })
  }

  async function today(receipt: { entry: string; proof: string }, keys: LogKey[]): Promise<Asked> {
    try {
      return await compareToday(receipt, keys, publishedLedger(db))
    } catch (err) {
      deps.log.error({ err }, 'the ledger of today cannot be read')
      return 'unreachable'
    }
  }

  async function cases(res: Response): Promise<{ slug: string; title: string }[]> {
    const lang = languageOf(res)
    const matters = await listMatters(db)
    return matters.map(({ slug, content }) => ({ slug, title: content.title[lang] }))
  }

  async function localsFor(
    res: Response,
    given: { keys: LogKey[]; text?: string; result?: ShownResult; error?: GivenError },
  ): Promise<object> {
    const t = textsOf(res)
    const { keys, text = '', result = null, error } = given
    const maxBytes = config.limits.verifyFileBytes
    const size = Math.floor(maxBytes / 1024)
    const message = error && t(`verify:error.${error.kind}`, { size })
    return {
      text,
      result,
      fieldErrors: error ? { [error.field]: message } : {},
      errors: error ? [{ id: error.field, message }] : [],
      keys: keys.map((key) => verifierKey(key, sha256)),
      cases: await cases(res),
      verdicts,
      lines: shownParts,
      fileErrors: {
        tooLarge: t('verify:error.tooLarge', { size }),
        noReceipt: t('verify:error.noReceipt'),
      },
      maxBytes,
      size,
    }
  }
}

const view = 'verify/index'

interface GivenError {
  field: 'receipt' | 'file'
  kind: 'missing' | 'tooLarge' | 'noReceipt'
}
type Given = { text: string } | { text: string; error: GivenError }

const tooLarge = 'too large'

/** Reads what was pasted and what was picked into memory; what is too large is told on the form. */
function readReceipt({ verifyFileBytes }: Limits): RequestHandler {
  const read = multer({
    storage: multer.memoryStorage(),
    defParamCharset: 'utf8',
    limits: { fields: 1, files: 1, fileSize: verifyFileBytes, fieldSize: verifyFileBytes },
  }).single('file')
  return (req, res, next) => {
    read(req, res, (error?: unknown) => {
      if (error === undefined || error === null) return next()
      const { code } = error instanceof MulterError ? error : {}
      if (code !== 'LIMIT_FILE_SIZE' && code !== 'LIMIT_FIELD_VALUE') {
        return next(new Problem('bad_request'))
      }
      res.locals[tooLarge] = code === 'LIMIT_FILE_SIZE' ? 'file' : 'receipt'
      next()
    })
  }
}

/** A file counts before a text: on a page that shows a result, the text is that of the last check. */
function givenIn(req: Request, res: Response): Given {
  const { receipt } = (req.body ?? {}) as Record<string, unknown>
  const text = typeof receipt === 'string' ? receipt : ''
  const large = res.locals[tooLarge] as GivenError['field'] | undefined
  if (large) return { text, error: { field: large, kind: 'tooLarge' } }
  if (!req.file)
    return text.trim() ? { text } : { text, error: { field: 'receipt', kind: 'missing' } }
  const found = receiptTextIn(req.file.buffer)
  return found ? { text: found } : { text, error: { field: 'file', kind: 'noReceipt' } }
}

function titlesOf(cases: { slug: string; title: string }[]): (slug: string) => string | undefined {
  const titles = new Map(cases.map(({ slug, title }) => [slug, title]))
  return (slug) => titles.get(slug)
}

/** Read without a detour by HTTP: the published files are these rows. */
function publishedLedger(db: Db): PublishedLedger {
  return {
    readNote: async () => {
      const newest = await readCheckpoint(db)
      if (!newest) throw new Error('nothing is signed yet')
      return newest.note
    },
    readTile: async (level, index, width) => {
      const bytes = await readTile(db, { level, index, width })
      if (!bytes) throw new Error('a tile is missing')
      return bytes
    },
  }
}
