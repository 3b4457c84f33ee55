import encodeQR from 'qr'
import type { Language, Translate } from '../../web/languages'
import * as paper from '../../web/paper'
import type { Style } from '../../web/paper'
import { sheetOf, type Sheet } from '../../web/sheet'
import { pdfProperty, type Receipt } from './receipt'

/** What stands on the paper besides the receipt's own facts. */
export interface ReceiptPaper {
  receipt: Receipt
  lang: Language
  /** name of the case, and of its law firm while the case is on the site */
  title: string
  firm: string | null
  /** the moment of filing in words, one line a zone */
  times: string[]
  /** place in the ledger in words; null while there is none */
  place: string | null
  /** the address that checks it, with all of the receipt behind its # */
  link: string
  /** where a receipt is checked, to be typed */
  checkPage: string
  /** the ledger's key in one line (signed-note); null while nothing is signed */
  key: string | null
  /** null: a demonstration, which the paper says */
  operator: string | null
  madeAt: Date
  /** the same in words */
  made: string
}

const page = { width: 595.28, height: 841.89 }
const left = 48
const right = page.width - 48
const wide = right - left
const bottom = page.height - 44
const gap = 24
/** 60 mm with its quiet zone: about half a millimetre a square, which phones read at arm's length. */
const codeSize = 170
const quiet = 5

const brand: Style = { font: 'bold', size: 14, colour: paper.ink, step: 25 }
const heading: Style = { font: 'bold', size: 27, colour: paper.ink, step: 36 }
const demo: Style = { font: 'bold', size: 9, colour: paper.warn, step: 14 }
const lead: Style = { font: 'regular', size: 10, colour: paper.muted, step: 15 }
const label: Style = { font: 'regular', size: 8.5, colour: paper.muted, step: 13 }
const number: Style = { font: 'bold', size: 25, colour: paper.brand, step: 32 }
const fact: Style = { font: 'bold', size: 11, colour: paper.ink, step: 15.5 }
const plainFact: Style = { ...fact, font: 'regular', size: 10, step: 15 }
const title: Style = { font: 'bold', size: 10, colour: paper.ink, step: 16 }
const body: Style = { font: 'regular', size: 8.8, colour: paper.ink, step: 13.2 }
const small: Style = { font: 'regular', size: 7.4, colour: paper.muted, step: 10.6 }
const codeLabel: Style = { font: 'bold', size: 6.6, colour: paper.muted, step: 10 }
const code: Style = { font: 'regular', size: 6.1, colour: paper.ink, step: 7.9, code: true }

/** The receipt on paper, in one language: everything of it, and a code that leads to its check. */
export async function receiptPdf(t: Translate, about: ReceiptPaper): Promise<Buffer> {
  const { receipt, lang } = about
  const made = paper.newPaper({
    title: `${t('receipts:paper.title')} ${receipt.number}`,
    author: about.operator ?? t('layout:brand'),
    lang,
    madeAt: about.madeAt,
    // Not compressed, so that the page that checks receipts finds it in the file.
    properties: { Receipt: pdfProperty(receipt) },
  })
  const sheet = sheetOf(made)
  const facts = drawFacts(sheet, t, about)
  const words = drawWords(sheet, t, about, facts + gap)
  drawValues(sheet, t, about, words + 16)
  drawFoot(sheet, t, about)
  sheet.end()
  return paper.finish(made)
}

/** Head, number, the code that leads to the check, and what was recorded; returns where it ends. */
function drawFacts(sheet: Sheet, t: Translate, about: ReceiptPaper): number {
  const { receipt } = about
  const made = sheet.paper
  sheet.ornament(() => paper.drawMark(made, { x: left, y: 38, size: 25 }))
  sheet.write('P', [t('layout:brand')], brand, { x: left + 34, top: 38 })
  if (about.operator === null) drawDemo(sheet, t('receipts:paper.demo'))

  // What is drawn of the code ends with the text; its quiet zone reaches into the margin.
  const codeAt = { x: right - codeSize + quiet, y: 82 }
  const width = codeAt.x - left - gap
  let top = sheet.write('H1', [t('receipts:paper.title')], heading, { x: left, top: codeAt.y })
  top = sheet.words('P', t('receipts:paper.lead'), lead, { x: left, top: top + 2, width })
  const card = { y: top + 18, height: 70 }
  sheet.ornament(() => made.roundedRect(left, card.y, width, card.height, 10).fill(paper.tint))
  top = sheet.write('P', [t('receipts:facts.number')], label, { x: left + 16, top: card.y + 11 })
  sheet.write('P', [receipt.number], number, { x: left + 16, top })

  sheet.picture(t('receipts:paper.qr'), () => {
    paper.drawCode(made, encodeQR(about.link, 'raw', { ecc: 'medium', border: 4 }), {
      ...codeAt,
      size: codeSize,
    })
  })
  const caption = t('receipts:paper.scan')
  const indent = Math.max(0, codeSize - paper.widthOf(caption, small)) / 2
  const under = { x: codeAt.x + indent, top: codeAt.y + codeSize, width: codeSize }
  top = Math.max(card.y + card.height, sheet.words('P', caption, small, under)) + 18

  const put = (name: string, x: number, values: [string, Style][]) => {
    let at = sheet.write('P', [t(`receipts:facts.${name}`)], label, { x, top })
    const room = x === left ? width : right - x
    for (const [text, style] of values)
      at = sheet.words('P', text, style, { x, top: at, width: room })
    return at
  }
  const beside = codeAt.x + quiet
  const { title: matter, firm, times, place } = about
  const caseEnd = put('case', left, [[matter, fact]])
  const firmEnd = firm === null ? 0 : put('firm', beside, [[firm, fact]])
  top = Math.max(caseEnd, firmEnd) + 8
  const [first, ...others] = times
  const timeEnd = put('time', left, [
    [first!, fact],
    ...others.map((one): [string, Style] => [one, plainFact]),
  ])
  const placeEnd = put('place', beside, [[place ?? t('receipts:paper.noPlace'), fact]])
  return Math.max(timeEnd, placeEnd)
}

/** Beside the brand, where nobody overlooks it. */
function drawDemo(sheet: Sheet, text: string): void {
  const width = paper.widthOf(text, demo) + 24
  const at = { x: right - width, y: 39, height: 23 }
  sheet.ornament(() => {
    sheet.paper.roundedRect(at.x, at.y, width, at.height, 7).fill(paper.warnTint)
  })
  const top = at.y + (at.height - demo.step) / 2
  sheet.write('P', [text], demo, { x: at.x + 12, top })
}

/** What it proves and what not, and how to check it; returns where it ends. */
function drawWords(sheet: Sheet, t: Translate, about: ReceiptPaper, from: number): number {
  const width = (wide - gap) / 2
  rule(sheet, from - 12)
  const column = (x: number, parts: ['H2' | 'P', string][]) => {
    let top = from
    parts.forEach(([kind, text], at) => {
      if (kind === 'H2' && at > 0) top += 6
      top = sheet.words(kind, text, kind === 'H2' ? title : body, { x, top, width }) + 2
    })
    return top
  }
  const first = column(left, [
    ['H2', t('receipts:paper.provesTitle')],
    ['P', t('receipts:paper.proves.filed')],
    ['P', t('receipts:paper.proves.kept')],
    ['H2', t('receipts:paper.notTitle')],
    ['P', t('receipts:paper.not')],
  ])
  const second = column(left + width + gap, [
    ['H2', t('receipts:paper.checkTitle')],
    ['P', t('receipts:paper.check.phone', { url: about.checkPage })],
    ['P', t('receipts:paper.check.without')],
  ])
  return Math.max(first, second)
}

/** Everything that a check takes, on this page where it fits, else on the next. */
function drawValues(sheet: Sheet, t: Translate, about: ReceiptPaper, from: number): void {
  const { receipt, key } = about
  const names = 78
  const cut = (text: string, width: number) => paper.cutLines(text, code, width)
  const own = [
    { name: 'entry', lines: cut(receipt.entry, wide - names) },
    { name: 'private', lines: cut(receipt.private, wide - names) },
    { name: 'salt', lines: cut(receipt.salt, wide - names) },
    ...(key === null ? [] : [{ name: 'key', lines: cut(key, wide - names) }]),
  ]
  const column = (wide - gap) / 2
  // The note ends with a line feed, which begins no line.
  const proof = (receipt.proof ?? '')
    .replace(/\n$/, '')
    .split('\n')
    .flatMap((one) => cut(one, column))
  const half = Math.ceil(proof.length / 2)
  const how = paper.breakLines(t('receipts:paper.how'), small, wide)
  const lines = own.reduce((sum, one) => sum + one.lines.length, half)
  const needed =
    title.step + how.length * small.step + codeLabel.step + (own.length + 2) * 5 + lines * code.step

  let top = from
  if (top + needed > bottom - 6) {
    drawFoot(sheet, t, about)
    sheet.addPage()
    top = 52
  } else rule(sheet, top - 8)
  top = sheet.write('H2', [t('receipts:paper.techTitle')], title, { x: left, top })
  top = sheet.write('P', how, small, { x: left, top }) + 5
  for (const one of own) {
    const name = t(`receipts:paper.${one.name}`)
    sheet.words('P', name, { ...codeLabel, step: code.step }, { x: left, top, width: names - 6 })
    top = sheet.write('Code', one.lines, code, { x: left + names, top }) + 5
  }
  top = sheet.write('P', [t('receipts:paper.proof')], codeLabel, { x: left, top })
  if (receipt.proof === null) {
    sheet.words(
      'P',
      t('receipts:paper.waiting'),
      { ...body, colour: paper.warn },
      { x: left, top, width: wide },
    )
    return
  }
  sheet.write('Code', proof.slice(0, half), code, { x: left, top })
  sheet.write('Code', proof.slice(half), code, { x: left + column + gap, top })
}

function drawFoot(sheet: Sheet, t: Translate, about: ReceiptPaper): void {
  const { operator } = about
  const parts = [
    operator === null ? t('layout:brand') : t('layout:operatedBy', { operator }),
    t('layout:notGovernment'),
    t('receipts:paper.made', { time: about.made }),
  ]
  sheet.words('P', parts.join(' · '), small, { x: left, top: bottom, width: wide })
}

function rule(sheet: Sheet, y: number): void {
  sheet.ornament(() => {
    sheet.paper.moveTo(left, y).lineTo(right, y).lineWidth(0.8).stroke(paper.line)
  })
}
