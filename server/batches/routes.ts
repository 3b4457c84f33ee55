import { pipeline } from 'node:stream/promises'
import type { Request, Response, Router } from 'express'
import { z } from 'zod'
import { watchPerson } from '../accounts/watch-person'
import { reasonOf, showAsk } from '../approvals/ask'
import { newId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { latestMails, type LatestMail } from '../mail/latest-mails'
import { createSealer } from '../vault/sealer'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import type { Person } from '../web/person'
import { routeTable } from '../web/routes'
import { batchName, batchWords, progressOf } from './batch-page'
import { downloadBatch } from './download-batch'
import { countNoLonger, findBatch, listBatches, type BatchOnList } from './list-batches'
import { reissueBatch, requestBatch, type Requested } from './request-batch'

const requestForm = z.object({ matter: z.uuid(), request: z.uuid() })
const reissueForm = z.object({ edition: z.coerce.number().int().positive() })

/**
 * Deliveries to a law firm. Counsel asks, watches and downloads; administrators watch, and never get a
 * file: it is made for the firm alone.
 */
export function batchRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const sealer = createSealer(config.keys)
  const routes = routeTable()
  const seen = { who: ['counsel', 'administrator'] } as const
  const own = { who: ['counsel'] } as const

  routes.get('/batches', seen, async (req, res) => {
    const before = req.query['before']
    await showList(req, res, { before: typeof before === 'string' ? before : undefined })
  })

  // Answers with the page itself: a redirect would have to carry the passphrase somewhere.
  routes.post('/batches', { ...own, stepUp: true }, async (req, res) => {
    const form = requestForm.safeParse(req.body)
    if (!form.success) throw new Problem('invalid')
    const batchId = form.data.request
    const asked = { batchId, matterId: form.data.matter, reason: reasonOf(req) }
    const result = await requestBatch({ db, clock, sealer, config }, personOf(req), asked)
    await answer(req, res, batchId, result, (refused) => showList(req, res, { refused }))
  })

  routes.get('/batches/:id', seen, async (req, res) => {
    await showBatch(req, res)
  })

  // The address of a page that answered a form, asked for again.
  routes.get('/batches/:id/reissue', seen, (req, res) => {
    res.redirect(303, `/batches/${encodeURIComponent(req.params.id)}`)
  })

  routes.post('/batches/:id/reissue', { ...own, stepUp: true }, async (req, res) => {
    const form = reissueForm.safeParse(req.body)
    if (!form.success) throw new Problem('invalid')
    const batchId = req.params.id
    const asked = { batchId, edition: form.data.edition, reason: reasonOf(req) }
    const result = await reissueBatch({ db, clock, sealer, config }, personOf(req), asked)
    await answer(req, res, batchId, result, (refused) => showBatch(req, res, refused))
  })

  routes.get('/batches/:id/progress', seen, async (req, res) => {
    const found = await findBatch(db, personOf(req), req.params.id)
    res.json(progressOf(found, textsOf(res)))
  })

  routes.post('/batches/:id/download', { ...own, stepUp: true }, async (req, res) => {
    const file = await downloadBatch(deps, personOf(req), req.params.id)
    res.attachment(file.fileName)
    res.type('application/zip')
    res.setHeader('Content-Length', file.bytes)
    const watch = watchPerson(deps, req, () => res.destroy())
    try {
      await pipeline(file.content, res)
    } catch (error) {
      // A browser that goes away in the middle is no fault of ours; it keeps no file under the final name.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
    } finally {
      watch.stop()
    }
  })

  /** A batch that was asked for: its passphrase, or the page again with why there is none. */
  async function answer(
    req: Request<{ id: string }> | Request,
    res: Response,
    batchId: string,
    result: Requested,
    refuse: (why: 'nothing_new' | 'in_the_making') => Promise<void>,
  ): Promise<void> {
    switch (result.outcome) {
      case 'requested':
        return showPassphrase(res, batchId, result)
      case 'reason': {
        const back = req.originalUrl.endsWith('/reissue') ? `/batches/${batchId}` : '/batches'
        return showAsk(deps, req, res, { kind: 'export', back })
      }
      case 'repeated':
        return res.redirect(303, `/batches/${batchId}`)
      case 'nothing_new':
      case 'in_the_making':
        res.status(409)
        return refuse(result.outcome)
    }
  }

  /** Once, in the answer to the form: it is kept nowhere that this process could read it again. */
  function showPassphrase(
    res: Response,
    batchId: string,
    { passphrase, approvalId, ...named }: Extract<Requested, { outcome: 'requested' }>,
  ): void {
    const name = batchName(named, textsOf(res))
    const waits = approvalId !== null
    res.render('batches/passphrase', { href: `/batches/${batchId}`, name, passphrase, waits })
  }

  async function showBatch(
    req: Request<{ id: string }>,
    res: Response,
    refused?: string,
  ): Promise<void> {
    const found = await findBatch(db, personOf(req), req.params.id)
    const t = textsOf(res)
    const mail = await noticeOf(found.batch, personOf(req))
    res.render('batches/batch', {
      mailNotice: mail ? t(`moderation:mail.state.${mail.state}`) : null,
      batch: batchWords(found, t, languageOf(res)),
      progress: progressOf(found, t),
      noLonger: await countNoLonger(db, personOf(req), found.batch),
      mayDownload: found.batch.firm_id === personOf(req).firmId,
      refused: refused ? t(`batches:refused.${refused}`) : null,
    })
  }

  /** What became of the mail that says the file is there. For administrators: counsel has the mail, or this page. */
  async function noticeOf(
    { id, requested_by: first, reissue_by: again }: BatchOnList['batch'],
    person: Person,
  ): Promise<LatestMail | undefined> {
    if (person.role !== 'administrator') return undefined
    const askedBy = again ?? first
    const about = { template: 'batch-ready', personIds: [askedBy], subjectId: id } as const
    return (await latestMails(db, person.id, about)).get(askedBy)
  }

  async function showList(
    req: Request,
    res: Response,
    { before, refused }: { before?: string | undefined; refused?: string },
  ): Promise<void> {
    const person = personOf(req)
    const { pageSize, batchCountMax } = config.limits
    const list = await listBatches(db, person, { before, pageSize, countMax: batchCountMax })
    const t = textsOf(res)
    const lang = languageOf(res)
    const counted = (count: number) =>
      count > batchCountMax
        ? t('batches:waiting.more', { count: batchCountMax })
        : t('batches:waiting.count', { count })
    res.render('batches/list', {
      isCounsel: person.role === 'counsel',
      waiting: list.waiting.map(({ matter, count }) => ({
        id: matter.id,
        title: matter.content.title[lang],
        text: count === 0 ? t('batches:waiting.none') : counted(count),
        any: count > 0,
        // Names the batch before it exists: the same form sent twice is one batch.
        request: newId(clock.now().getTime()),
      })),
      batches: list.batches.map((one) => batchWords(one, t, lang)),
      pages: {
        ...(before ? { prev: '/batches' } : {}),
        ...(list.next ? { next: `/batches?before=${list.next}` } : {}),
      },
      refused: refused ? t(`batches:refused.${refused}`) : null,
    })
  }

  return routes.router
}

/** The guard of the route has made sure that somebody is signed in. */
function personOf(req: Request<never> | Request): Person {
  return req.user!
}
