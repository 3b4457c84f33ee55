import type { Request, Response, Router } from 'express'
import { answerActed, reasonOf } from '../approvals/ask'
import { stampIn } from '../batches/claim-columns'
import { sendCsv } from '../batches/send-csv'
import { lengthOf } from '../matters/forms/text'
import type { Matter } from '../matters/matter-file'
import { createVault } from '../vault/vault'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import type { Translate } from '../web/languages'
import { routeTable } from '../web/routes'
import { showMoment } from '../web/show-moment'
import { factsOf } from './authority-facts'
import type { FactsRow } from './authority-staff.store'
import { authorityKey } from './fill-documents'
import { drawSample, findSample, findSampleList, type SampleRow } from './draw-sample'
import {
  exportIndex,
  findPaper,
  findSignedMatter,
  indexViews,
  listPacks,
  listSignedMatters,
} from './list-packs'
import { sendPdf } from './paper-answer'
import { askIndex } from './take-index'

type Typed = { seed: string; size: string }

/**
 * The index of all signed papers of a matter, for counsel and for the court: how many are complete, the list
 * as a file, a sample by a stated seed and the ledger, and each paper, read on the record.
 */
export function authorityIndexRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const { pageSize, sampleMax } = config.limits
  const vault = createVault({ db: deps.vaultDb ?? db, clock, limits: config.limits }, config.keys)
  const routes = routeTable()
  const staff = { who: ['counsel', 'moderator', 'administrator'] } as const
  const form = { ...staff, csrf: 'flag' } as const

  routes.get('/authority', staff, async (req, res) => {
    const lang = languageOf(res)
    const matters = await listSignedMatters(db, req.user!)
    res.render('authority/matters', {
      matters: matters.map(({ slug, content }) => ({
        href: `/authority/${slug}`,
        text: content.title[lang],
      })),
    })
  })

  routes.get('/authority/:matter', staff, async (req, res) => {
    await showIndex(req, res)
  })

  // Answers with the file itself, after the entry that says who took it.
  routes.post('/authority/:matter/index', form, async (req, res) => {
    const matter = await findSignedMatter(db, req.user!, req.params.matter)
    if (req.csrfFailed) return showIndex(req, res, { expired: true })
    const acted = await askIndex(deps, req.user!, matter, reasonOf(req))
    if (acted.outcome !== 'done') {
      const back = `/authority/${matter.slug}`
      return answerActed(deps, req, res, acted, { done: back, back })
    }
    const t = textsOf(res)
    const person = req.user!
    const cells = async function* () {
      for await (const rows of exportIndex(deps, person, matter)) {
        yield rows.map((row) => cellsOf(row, matter, t))
      }
    }
    await sendCsv(deps, req, res, {
      name: t('authority:index.fileName', { matter: matter.slug }),
      columns: columnNames(t),
      rows: cells(),
    })
  })

  routes.post('/authority/:matter/sample', form, async (req, res) => {
    const matter = await findSignedMatter(db, req.user!, req.params.matter)
    const t = textsOf(res)
    const body = req.body as Record<string, unknown>
    const text = (name: string) => (typeof body[name] === 'string' ? body[name].trim() : '')
    const typed = { seed: text('seed').slice(0, 200), size: text('size').slice(0, 10) }
    if (req.csrfFailed) return showIndex(req, res, { typed, expired: true })
    const size = Number(typed.size)
    const errors: Record<string, string> = {}
    if (typed.seed === '' || lengthOf(typed.seed) > 100)
      errors['seed'] = t('authority:sample.seedWrong')
    if (!Number.isInteger(size) || size < 1 || size > sampleMax) {
      errors['size'] = t('authority:sample.sizeWrong', { max: sampleMax })
    }
    if (Object.keys(errors).length > 0) return showIndex(req, res, { typed, errors })
    const id = await drawSample(deps, req.user!, matter, { seed: typed.seed, size })
    if (id === null) {
      return showIndex(req, res, { typed, errors: { size: t('authority:sample.none') } })
    }
    res.redirect(303, `/authority/${matter.slug}/samples/${id}`)
  })

  for (const path of ['index', 'sample', 'papers/:claim'] as const) {
    routes.get(`/authority/:matter/${path}`, staff, (req, res) => {
      res.redirect(303, `/authority/${encodeURIComponent(req.params.matter)}`)
    })
  }

  routes.get('/authority/:matter/samples/:id', staff, async (req, res) => {
    const matter = await findSignedMatter(db, req.user!, req.params.matter)
    const { sample, drawn, earlier } = await findSample(db, req.user!, matter, req.params.id)
    const t = textsOf(res)
    const lang = languageOf(res)
    const path = `/authority/${matter.slug}`
    res.render('authority/sample', {
      back: path,
      matter: matter.content.title[lang],
      seed: sample.seed,
      drawnFrom: sample.drawn_from,
      at: showMoment(sample.drawn_at, lang, matter.content.timeZone),
      // It goes by a tree that is signed about a second later.
      refresh: drawn ? undefined : config.limits.accessWaitSeconds,
      ready: drawn ? null : `${path}/samples/${sample.id}/ready`,
      by: drawn?.by ?? null,
      numbers: drawn?.numbers ?? [],
      rows: (drawn?.rows ?? []).map((row) => rowWords(row, matter, t, lang)),
      list: `${path}/samples/${sample.id}/numbers.txt`,
      earlier: earlier.map((one) => sampleLine(one, matter, lang)),
    })
  })

  routes.get('/authority/:matter/samples/:id/ready', staff, async (req, res) => {
    const matter = await findSignedMatter(db, req.user!, req.params.matter)
    const { drawn } = await findSample(db, req.user!, matter, req.params.id)
    res.json({ done: drawn !== null })
  })

  routes.get('/authority/:matter/samples/:id/numbers.txt', staff, async (req, res) => {
    const matter = await findSignedMatter(db, req.user!, req.params.matter)
    const list = await findSampleList(db, req.user!, matter, req.params.id)
    res.attachment(`${textsOf(res)('authority:sample.fileName', { matter: matter.slug })}.txt`)
    res.type('text/plain; charset=utf-8').send(list)
  })

  // Answers with the paper: reading it is an opening, on the record before anything is decrypted.
  routes.post('/authority/:matter/papers/:claim', form, async (req, res) => {
    const person = req.user!
    await findSignedMatter(db, person, req.params.matter)
    if (req.csrfFailed) return showIndex(req, res, { expired: true })
    const { pack } = req.body as Record<string, unknown>
    const wanted = typeof pack === 'string' ? pack : null
    const { id, number } = await findPaper(db, person, req.params.claim, wanted)
    const actor = { kind: 'person', personId: person.id } as const
    const by = { actor, purpose: 'authority_check' } as const
    const opening = await vault.beginOpening([req.params.claim], by)
    sendPdf(res, number, await opening.readPaper(req.params.claim, id))
  })

  return routes.router

  async function showIndex<Params extends { matter: string }>(
    req: Request<Params>,
    res: Response,
    given: { typed?: Typed; errors?: Record<string, string>; expired?: boolean } = {},
  ): Promise<void> {
    const matter = await findSignedMatter(db, req.user!, req.params.matter)
    const asked = (name: string) => {
      const value = req.query[name]
      return typeof value === 'string' ? value : undefined
    }
    const view = indexViews.find((one) => one === asked('view')) ?? 'all'
    const query = { view, after: asked('after'), before: asked('before') }
    const index = await listPacks(db, req.user!, matter, query, pageSize)
    const t = textsOf(res)
    const lang = languageOf(res)
    const path = `/authority/${matter.slug}`
    const link = (more: Record<string, string>) => `${path}?${new URLSearchParams(more).toString()}`
    const { typed = { seed: '', size: '20' }, errors = {}, expired = false } = given
    res.status(expired ? 403 : Object.keys(errors).length > 0 ? 422 : 200)
    res.render('authority/index', {
      path,
      matter: matter.content.title[lang],
      firm: matter.firm.content.name[lang],
      documents: matter.content.documents.map(({ title, version }) => `${title[lang]} v${version}`),
      complete: index.complete,
      incomplete: index.incomplete,
      views: indexViews.map((one) => ({
        href: link({ view: one }),
        text: t(`authority:index.view.${one}`),
        current: one === view,
      })),
      rows: index.rows.map((row) => rowWords(row, matter, t, lang)),
      pages: {
        ...(index.before && { prev: link({ view, before: index.before }) }),
        ...(index.after && { next: link({ view, after: index.after }) }),
      },
      samples: index.samples.map((sample) => sampleLine(sample, matter, lang)),
      draws: index.draws,
      typed,
      fieldErrors: errors,
      errors: Object.entries(errors).map(([id, message]) => ({ id, message })),
      expired,
      max: sampleMax,
    })
  }
}

/** A draw in a list of draws. */
function sampleLine(sample: SampleRow, matter: Matter, lang: 'ko' | 'en') {
  return {
    href: `/authority/${matter.slug}/samples/${sample.id}`,
    seed: sample.seed,
    size: Math.min(sample.size, sample.drawn_from),
    at: showMoment(sample.drawn_at, lang, matter.content.timeZone),
  }
}

/** A row as the tables of the index and of a sample show it. */
function rowWords(row: FactsRow, matter: Matter, t: Translate, lang: 'ko' | 'en') {
  const facts = factsOf(row, authorityKey(matter))
  const state = facts.complete
    ? 'complete'
    : row.key === ''
      ? row.waiting
        ? 'waiting'
        : 'none'
      : 'old'
  const at = (moment: Date | null) =>
    moment ? showMoment(moment, lang, matter.content.timeZone) : '–'
  return {
    number: row.number,
    state: { text: t(`authority:index.state.${state}`), tone: tones[state] },
    signedAt: at(facts.signedAt),
    confirmedAt: at(facts.confirmedAt),
    hash: facts.documentSha256,
    place: row.index === null ? null : String(row.index),
    papers: row.has_paper
      ? [
          {
            action: `/authority/${matter.slug}/papers/${row.claim_id}`,
            pack: row.pack_id,
            who: 'claimant',
          },
          ...(row.guardian_pack_id
            ? [
                {
                  action: `/authority/${matter.slug}/papers/${row.claim_id}`,
                  pack: row.guardian_pack_id,
                  who: 'guardian',
                },
              ]
            : []),
        ]
      : [],
  }
}

const tones = { complete: 'ok', waiting: 'warn', none: 'neutral', old: 'warn' } as const

const csvColumns = [
  'claim_number',
  'filed_at',
  'complete',
  'documents',
  'signed_at',
  'confirmed_at',
  'confirmed_how',
  'document_sha256',
  'guardian_sha256',
  'ledger_index',
  'pack',
] as const

function columnNames(t: Translate): string[] {
  return csvColumns.map((one) => t(`authority:column.${one}`))
}

function cellsOf(row: FactsRow, matter: Matter, t: Translate): string[] {
  const facts = factsOf(row, authorityKey(matter))
  const stamp = (moment: Date | null) => (moment ? stampIn(matter.content.timeZone, moment) : '')
  const cells: Record<(typeof csvColumns)[number], string> = {
    claim_number: row.number,
    filed_at: stamp(row.filed_at),
    complete: t(facts.complete ? 'common:yes' : 'common:no'),
    documents: facts.documents,
    signed_at: stamp(facts.signedAt),
    confirmed_at: stamp(facts.confirmedAt),
    confirmed_how: facts.confirmedHow ? t(`authority:index.how.${facts.confirmedHow}`) : '',
    document_sha256: facts.documentSha256 ?? '',
    guardian_sha256: facts.guardianSha256 ?? '',
    ledger_index: row.index === null ? '' : String(row.index),
    pack: row.pack_id ?? '',
  }
  return csvColumns.map((one) => cells[one])
}
