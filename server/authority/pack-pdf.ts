import encodeQR from 'qr'
import { encodeLink, pdfProperty, receiptOf } from '../ledger/receipts/receipt'
import { canonicalJson } from '../ledger/canonical-json'
import { parseTlogProof } from '../ledger/tree/tlog-proof'
import type { Block } from '../matters/document-template'
import type { Lang } from '../matters/form-schema'
import { translator, type Translate } from '../web/languages'
import * as paper from '../web/paper'
import type { Style } from '../web/paper'
import { unprintable } from '../web/printable'
import { sheetOf, type Sheet } from '../web/sheet'
import { showMoment } from '../web/show-moment'
import type { KeptPaper } from './kept-paper'
import { hashOf, zoneOf, type PackCore, type PackSignature, type ShownText } from './pack-content'
import { pathOf } from './show-documents'

const left = 56
const right = 595.28 - 56
const wide = right - left
const first = 50
const bottom = 841.89 - 54

const titleStyle: Style = { font: 'bold', size: 19, colour: paper.ink, step: 30 }
const heading: Style = { font: 'bold', size: 11.5, colour: paper.ink, step: 18 }
const body: Style = { font: 'regular', size: 10.2, colour: paper.ink, step: 15.6 }
const strong: Style = { ...body, font: 'bold' }
const label: Style = { ...body, size: 9.4, colour: paper.muted }
const small: Style = { font: 'regular', size: 8, colour: paper.muted, step: 11.6 }
const demo: Style = { font: 'bold', size: 8.6, colour: paper.warn, step: 13 }
const code: Style = { font: 'regular', size: 6.3, colour: paper.ink, step: 8.3, code: true }
const keyWidth = 118
const signatureBox = { width: 190, height: 66 }
const codeSize = 164

/** The language of a pack's papers: that in which its first document binds. */
export function paperLanguage({ documents }: PackCore): Lang {
  return documents[0]?.binding.language ?? 'ko'
}

/** The SHA-256 of what was signed as people compare it: 64 hex digits in groups of four. */
export function documentHash(core: PackCore): string {
  return hashOf(core).toString('hex').match(/.{4}/g)!.join(' ')
}

/**
 * The paper of a confirmed pack: every document as it was shown, with the signature, then translations that
 * stood beside, and a last page with who, how, when, the hash of all of it, the proof and a code that leads
 * to its check. Made of nothing but what is given, so the same paper each time, byte for byte.
 * @throws Error when a character has no glyph: nothing is left out silently
 */
export async function packPdf(
  kept: KeptPaper,
  config: { publicUrl: string; operatorName: string | null },
): Promise<Buffer> {
  const { core } = kept
  const lang = paperLanguage(core)
  const t = translator(lang)
  const document = canonicalJson(core)
  assertPrintable(core)
  const receipt = receiptOf(kept.entry, kept.proof, document)
  const made = paper.newPaper({
    title: `${core.documents.map(({ binding }) => binding.title).join(', ')} ${core.number}`,
    author: config.operatorName ?? t('layout:brand'),
    lang,
    madeAt: new Date(kept.confirmed.at),
    // Not compressed, so that the page that checks finds it in the file.
    properties: { Receipt: pdfProperty(receipt) },
  })
  const flow = flowOf(sheetOf(made), (page) =>
    t('authority:paper.foot', { number: core.number, pack: core.pack, page }),
  )
  if (config.operatorName === null) flow.text('P', t('authority:paper.demo'), demo)
  core.documents.forEach(({ binding }, at) => {
    if (at > 0) flow.page()
    drawText(flow, binding, signatureBox.height + label.step + 24)
    drawSignature(flow, translator(binding.language), core, binding.language)
  })
  for (const { translation } of core.documents) {
    if (!translation) continue
    flow.page()
    flow.text('P', t('authority:paper.translation'), small)
    drawText(flow, translation)
  }
  flow.page()
  drawProof(flow, t, lang, kept, {
    link: `${config.publicUrl}/verify#${encodeLink({ ...receipt, index: indexOf(kept) })}`,
    checkPage: `${config.publicUrl}/verify`,
  })
  flow.end()
  return paper.finish(made)
}

function indexOf({ proof }: KeptPaper): number | null {
  return parseTlogProof(proof)?.index ?? null
}

/** Everything that will be drawn of what people wrote. */
function assertPrintable({ documents, consents, signature, signer }: PackCore): void {
  const texts = documents.flatMap(({ binding, translation }) =>
    [binding, ...(translation ? [translation] : [])].flatMap(({ title, blocks }) => [
      title,
      ...blocks.map((block) => ('key' in block ? `${block.key}${block.text}` : block.text)),
    ]),
  )
  const all = [
    ...texts,
    ...consents.flatMap(({ title }) => [title.ko, title.en]),
    signer.name,
    signer.of ?? '',
    signature.kind === 'typed' ? signature.text : '',
  ]
  const missing = unprintable(all.join(''))
  if (missing === undefined) return
  throw new Error(`no font of our papers has U+${missing.codePointAt(0)!.toString(16)}`)
}

/** Text that goes on over pages. */
interface Flow {
  sheet: Sheet
  /** where the next line begins */
  top: () => number
  /** Goes on on a new page unless so much fits. */
  need: (height: number) => void
  skip: (height: number) => void
  text: (
    kind: 'H1' | 'H2' | 'P',
    text: string,
    style: Style,
    at?: { x?: number; width?: number },
  ) => void
  lines: (kind: 'P' | 'Code', lines: string[], style: Style, x?: number) => void
  page: () => void
  end: () => void
}

function flowOf(sheet: Sheet, foot: (page: number) => string): Flow {
  let top = first
  let number = 1
  const drawFoot = () => {
    sheet.write('P', [foot(number)], small, { x: left, top: bottom + 14 })
  }
  const flow: Flow = {
    sheet,
    top: () => top,
    need: (height) => {
      if (top + height > bottom) flow.page()
    },
    skip: (height) => {
      top += height
    },
    text: (kind, text, style, { x = left, width = right - x } = {}) => {
      const lines = paper.breakLines(text, style, width)
      // A heading is not left alone at the foot of a page.
      flow.need(style.step * (kind === 'P' ? 1 : 3))
      for (let from = 0; from < lines.length;) {
        const fits = Math.max(1, Math.floor((bottom - top) / style.step))
        const piece = lines.slice(from, from + fits)
        top = sheet.write(kind, piece, style, { x, top })
        from += piece.length
        if (from < lines.length) flow.page()
      }
    },
    lines: (kind, lines, style, x = left) => {
      for (const line of lines) {
        flow.need(style.step)
        top = sheet.write(kind, [line], style, { x, top })
      }
    },
    page: () => {
      drawFoot()
      sheet.addPage()
      number += 1
      top = first
    },
    end: () => {
      drawFoot()
      sheet.end()
    },
  }
  return flow
}

/** @param closing height of what follows: its last section goes to the next page with it rather than let it stand there alone */
function drawText(flow: Flow, { title, blocks }: ShownText, closing = 0): void {
  flow.text('H1', title, titleStyle)
  flow.skip(6)
  const last = blocks.findLastIndex(({ kind }) => kind === 'heading')
  for (const [at, block] of blocks.entries()) {
    if (at === last) flow.need(heightOf(blocks.slice(at)) + closing)
    switch (block.kind) {
      case 'heading':
        flow.skip(9)
        flow.text('H2', block.text, heading)
        break
      case 'row':
        drawRow(flow, block.key, block.text)
        break
      case 'item': {
        flow.need(body.step)
        const at = flow.top()
        flow.sheet.write('P', ['•'], body, { x: left + 4, top: at })
        flow.text('P', block.text, body, { x: left + 18 })
        break
      }
      case 'paragraph':
        flow.skip(2)
        flow.text('P', block.text, body)
        flow.skip(2)
        break
    }
  }
}

/** How high blocks are as `drawText` draws them. */
function heightOf(blocks: Block[]): number {
  const lines = (text: string, width: number) => paper.breakLines(text, body, width).length
  return blocks.reduce((sum, block) => {
    if (block.kind === 'heading') return sum + 9 + heading.step
    const width = { row: wide - keyWidth, item: wide - 18, paragraph: wide }[block.kind]
    return sum + lines(block.text, width) * body.step + (block.kind === 'paragraph' ? 4 : 0)
  }, 0)
}

function drawRow(flow: Flow, key: string, text: string, within = wide): void {
  const { sheet } = flow
  const keys = paper.breakLines(key, label, keyWidth - 10)
  const width = within - keyWidth
  const values = paper.breakLines(text, strong, width)
  flow.need(Math.max(keys.length, Math.min(values.length, 6)) * body.step)
  const at = flow.top()
  sheet.write('P', keys, label, { x: left, top: at })
  flow.text('P', text, strong, { x: left + keyWidth, width })
  flow.skip(Math.max(0, at + keys.length * label.step - flow.top()))
}

function drawSignature(flow: Flow, t: Translate, core: PackCore, lang: Lang): void {
  flow.skip(14)
  flow.need(signatureBox.height + label.step + 8)
  const role = core.signer.role === 'guardian' ? 'guardian' : 'claimant'
  flow.text('P', t(`authority:paper.signature.${role}`), label)
  const top = flow.top() + 2
  const { sheet } = flow
  sheet.ornament(() => {
    sheet.paper
      .roundedRect(left, top, signatureBox.width, signatureBox.height, 6)
      .lineWidth(0.7)
      .stroke(paper.line)
  })
  drawStrokes(flow, t, core.signature, top)
  flow.skip(2)
  const at = { x: left + signatureBox.width + 18, width: wide - signatureBox.width - 18 }
  flow.text('P', core.signer.name, strong, at)
  flow.text('P', showMoment(new Date(core.signedAt), lang, zoneOf(core)), label, at)
  const how = core.signature.kind === 'drawn' ? 'drawn' : 'typed'
  flow.text('P', t(`authority:paper.signature.${how}`), label, at)
  flow.skip(Math.max(0, top + signatureBox.height - flow.top()) + 6)
}

function drawStrokes(flow: Flow, t: Translate, signature: PackSignature, top: number): void {
  const { sheet } = flow
  const made = sheet.paper
  if (signature.kind === 'typed') {
    const style: Style = { font: 'regular', size: 20, colour: paper.ink, step: 30 }
    const size = Math.min(
      20,
      (20 * (signatureBox.width - 24)) / paper.widthOf(signature.text, style),
    )
    sheet.write('P', [signature.text], { ...style, size }, { x: left + 12, top: top + 18 })
    return
  }
  const { width, height, strokes } = signature
  const scale = Math.min((signatureBox.width - 16) / width, (signatureBox.height - 10) / height)
  sheet.picture(t('authority:signature.drawn'), () => {
    made
      .save()
      .translate(left + 8, top + 5)
      .scale(scale)
      .lineWidth(1.5 / scale)
      .lineCap('round')
      .lineJoin('round')
    for (const stroke of strokes) made.path(pathOf(stroke)).stroke(paper.ink)
    made.restore()
  })
}

function drawConsents(flow: Flow, t: Translate, lang: Lang, core: PackCore): void {
  const { consents } = core
  if (consents.length === 0) return
  flow.text('H2', t('authority:paper.proof.consents'), heading)
  const style: Style = { ...body, size: 9.2, step: 14 }
  for (const { title, version, given, at } of consents) {
    const said = t(given ? 'intake:review.agreed' : 'intake:review.notAgreed')
    const when = showMoment(new Date(at), lang, zoneOf(core))
    flow.text('P', `${title[lang]} (v${version}): ${said} · ${when}`, style)
  }
  flow.skip(4)
}

/** The last page: who, how, when, what it is worth, and everything that a check takes. */
function drawProof(
  flow: Flow,
  t: Translate,
  lang: Lang,
  { core, confirmed, entry, proof, key }: KeptPaper,
  { link, checkPage }: { link: string; checkPage: string },
): void {
  const { sheet } = flow
  flow.text('H1', t('authority:paper.proof.title'), titleStyle)
  const top = flow.top() + 6
  sheet.picture(t('authority:paper.proof.qr'), () => {
    paper.drawCode(sheet.paper, encodeQR(link, 'raw', { ecc: 'low', border: 4 }), {
      x: right - codeSize + 5,
      y: top - 10,
      size: codeSize,
    })
  })
  const beside = wide - codeSize - 10
  const both = (iso: string) =>
    [...new Set([zoneOf(core), 'UTC'])]
      .map((zone) => showMoment(new Date(iso), lang, zone))
      .join(' · ')
  const fact = (name: string, text: string) => {
    const narrow = flow.top() < top + codeSize - 16
    drawRow(flow, t(`authority:paper.proof.${name}`), text, narrow ? beside : wide)
  }
  flow.skip(6)
  const { signer } = core
  fact('who', signer.of === undefined ? signer.name : `${signer.name} (${signer.of})`)
  fact('number', core.number)
  fact('case', `${core.case[lang]} · ${core.firm.name[lang]}`)
  fact('signedAt', both(core.signedAt))
  fact('confirmedAt', both(confirmed.at))
  // A guardian reads and signs under the mailed link itself.
  const by = signer.role === 'guardian' ? signer.role : confirmed.how
  fact('how', t(`authority:paper.proof.by.${by}`, { address: confirmed.address }))
  if (core.household?.how) {
    const { how, filer, heir } = core.household
    const came = heir === undefined ? how : 'heir'
    fact('household', t(`authority:paper.proof.came.${came}`, { number: filer }))
  }
  if (core.place) fact('place', t(`authority:place.${core.place}`))
  fact('hash', documentHash(core))
  const index = parseTlogProof(proof)?.index ?? 0
  fact('index', index.toLocaleString(lang === 'ko' ? 'ko-KR' : 'en-US'))
  flow.skip(Math.max(8, top + codeSize - flow.top()))
  drawConsents(flow, t, lang, core)
  for (const part of ['yes', 'not'] as const) {
    flow.text('H2', t(`authority:paper.proof.${part}Title`), heading)
    flow.text('P', t(`authority:paper.proof.${part}.${signer.role}`), {
      ...body,
      size: 9.2,
      step: 14,
    })
    flow.skip(4)
  }
  flow.text('H2', t('authority:paper.proof.checkTitle'), heading)
  flow.text('P', t('authority:paper.proof.check', { url: checkPage }), {
    ...body,
    size: 9.2,
    step: 14,
  })
  flow.skip(6)
  const values = { entry: entry.entry, private: entry.private, salt: entry.salt, key }
  for (const [name, text] of Object.entries(values)) {
    flow.text('P', t(`receipts:paper.${name}`), { ...small, font: 'bold', size: 6.6, step: 9 })
    flow.lines('Code', paper.cutLines(text, code, wide), code)
  }
  flow.text('P', t('receipts:paper.proof'), { ...small, font: 'bold', size: 6.6, step: 9 })
  const column = (wide - 20) / 2
  const lines = proof
    .replace(/\n$/, '')
    .split('\n')
    .flatMap((one) => paper.cutLines(one, code, column))
  const half = Math.ceil(lines.length / 2)
  flow.need(half * code.step)
  const at = flow.top()
  sheet.write('Code', lines.slice(0, half), code, { x: left, top: at })
  sheet.write('Code', lines.slice(half), code, { x: left + column + 20, top: at })
}
