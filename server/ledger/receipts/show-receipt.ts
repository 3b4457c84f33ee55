import type { RequestHandler, Response } from 'express'
import { filedAs } from '../../matters/filed-as'
import { findMatter } from '../../matters/list-matters'
import { languageOf, speakOf, textsOf } from '../../web/choose-language'
import type { AppDeps } from '../../web/deps'
import { addressOf, limit } from '../../web/rate-limit'
import { showMoment } from '../../web/show-moment'
import { parseCheckpoint, verifierKey } from '../tree/checkpoint'
import { parseTlogProof } from '../tree/tlog-proof'
import { trustedKeys } from '../trusted-keys'
import { buildReceipt } from './build-receipt'
import type { KeptReceipt } from './kept-receipt'
import { sha256 } from './primitives'
import { encodeLink, formatReceipt, type Receipt } from './receipt'
import { receiptPdf } from './receipt-pdf'

/** The three forms of a receipt, the same whether a cookie or a mailed link leads to it. */
export interface ReceiptAnswers {
  /** `files` is the folder of receipt.pdf and receipt.json; `back` a page to go back to */
  page(res: Response, kept: KeptReceipt, at: { files: string; back?: string }): Promise<void>
  pdf(res: Response, kept: KeptReceipt): Promise<void>
  file(res: Response, kept: KeptReceipt): Promise<void>
  /** in front of the handler that makes a PDF, which takes a moment of this process */
  paperLimit: RequestHandler
}

const locales = { ko: 'ko-KR', en: 'en-US' } as const

export function receiptAnswers(deps: AppDeps): ReceiptAnswers {
  const { db, clock, config } = deps
  const { paper } = config.limits.rate

  /** What a receipt says, in the words of the visitor. */
  async function inWords(res: Response, receipt: Receipt) {
    const lang = languageOf(res)
    const matter = await findMatter(db, receipt.matter)
    if (matter) speakOf(res, filedAs(matter))
    const proof = receipt.proof === null ? null : parseTlogProof(receipt.proof)
    const index = proof?.index ?? null
    const at = new Date(receipt.at)
    return {
      lang,
      // A case that was taken off the site keeps its entries.
      title: matter?.content.title[lang] ?? receipt.matter,
      firm: matter?.firm.content.name[lang] ?? null,
      at,
      times: ['Asia/Seoul', 'UTC'].map((zone) => showMoment(at, lang, zone)),
      place: index === null ? null : index.toLocaleString(locales[lang]),
      note: proof?.note ?? null,
      link: `/verify#${encodeLink({ ...receipt, index })}`,
    }
  }

  /** The key that signed a note, in one line. */
  async function keyOf(note: string | null): Promise<string | null> {
    const origin = note === null ? undefined : parseCheckpoint(note)?.origin
    const key = (await trustedKeys(db, config)).find((one) => one.origin === origin)
    return key ? verifierKey(key, sha256) : null
  }

  const nameOf = (res: Response, { number }: Receipt, extension: string) =>
    `${textsOf(res)('receipts:fileName', { number })}.${extension}`

  return {
    async page(res, kept, { files, back }) {
      const receipt = await buildReceipt(db, kept)
      const { lang, title, firm, at, times, place, link } = await inWords(res, receipt)
      res.render('receipts/receipt', {
        number: receipt.number,
        matter: { name: title, href: firm === null ? undefined : `/matters/${receipt.matter}` },
        firm,
        times,
        iso: at.toISOString(),
        place,
        link,
        // The language in the address, because cookies may be refused.
        pdf: `${files}/receipt.pdf?lang=${lang}`,
        file: `${files}/receipt.json?lang=${lang}`,
        text: formatReceipt(receipt),
        back,
      })
    },

    async pdf(res, kept) {
      const receipt = await buildReceipt(db, kept)
      const { link, note, ...words } = await inWords(res, receipt)
      const now = clock.now()
      const bytes = await receiptPdf(textsOf(res), {
        ...words,
        receipt,
        link: `${config.publicUrl}${link}`,
        checkPage: `${config.publicUrl}/verify`,
        key: await keyOf(note),
        operator: config.operatorName,
        madeAt: now,
        made: showMoment(now, words.lang, 'Asia/Seoul'),
      })
      res
        .attachment(nameOf(res, receipt, 'pdf'))
        .type('pdf')
        .send(bytes)
    },

    async file(res, kept) {
      const receipt = await buildReceipt(db, kept)
      res
        .attachment(nameOf(res, receipt, 'json'))
        .type('json')
        .send(formatReceipt(receipt))
    },

    paperLimit: limit(deps, { name: 'paper', by: addressOf, ...paper, store: 'memory' }),
  }
}
