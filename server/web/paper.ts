import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import PDFDocument from 'pdfkit'
import { assetUrls } from './assets/urls'
import type { Language } from './languages'
import { assetFolder } from './views'

/** Lengths on papers are in points: 72 an inch, 2.835 a millimetre. A4 is 595 by 842. */
export type Paper = PDFKit.PDFDocument

/** The colours of the pages. */
export const ink = '#16262b'
export const muted = '#4a5b61'
export const line = '#d9e0e1'
export const brand = '#0b5d66'
export const tint = '#e7f1f1'
export const warn = '#7a4f00'
export const warnTint = '#fff3d9'

export interface Style {
  font: 'regular' | 'bold'
  size: number
  colour: string
  /** from one line to the next */
  step: number
  /** machine text: even figures, and shapes that tell I, l, 1 and 0, O apart */
  code?: boolean
}

type Face = 'regular' | 'bold' | 'hanja' | 'rareHanja'

/** Characters a paper cannot show would be blank, so fonts are embedded and hold every Korean syllable. */
let fonts: Record<Face, Buffer> | undefined

/** The fonts of papers as the asset build made them; read at the first paper, some 2 MB each. */
export function paperFonts(): Record<Face, Buffer> {
  fonts ??= {
    regular: readAsset('paper-regular.ttf'),
    bold: readAsset('paper-bold.ttf'),
    hanja: readAsset('paper-hanja-kr.otf'),
    rareHanja: readAsset('paper-hanja-jp.otf'),
  }
  return fonts
}

function readAsset(name: string): Buffer {
  const asset = assetUrls(join(assetFolder, 'manifest.json'))
  return readFileSync(join(assetFolder, asset(name).replace(/^\/assets\//, '')))
}

/** An empty A4 page in our fonts, tagged for screen readers. */
export function newPaper(about: {
  title: string
  author: string
  lang: Language
  madeAt: Date
  properties?: Record<string, string>
}): Paper {
  const paper = new PDFDocument({
    size: 'A4',
    margin: 0,
    pdfVersion: '1.7',
    tagged: true,
    displayTitle: true,
    lang: about.lang,
    info: {
      Title: about.title,
      Author: about.author,
      CreationDate: about.madeAt,
      ...about.properties,
    },
  })
  return withFonts(paper)
}

function withFonts(paper: Paper): Paper {
  const { regular, bold, hanja, rareHanja } = paperFonts()
  return paper
    .registerFont('regular', regular)
    .registerFont('bold', bold)
    .registerFont('hanja', hanja)
    .registerFont('rareHanja', rareHanja)
}

/** All bytes of a paper that ends now. */
export function finish(paper: Paper): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    paper.on('data', (part: Buffer) => parts.push(part))
    paper.on('end', () => resolve(Buffer.concat(parts)))
    paper.on('error', reject)
    paper.end()
  })
}

/**
 * Breaks a text into lines of at most `width`, at spaces only: Korean words stay whole, which pdfkit's own
 * rule would not do. A word that is longer than a line is cut.
 */
export function breakLines(text: string, style: Style, width: number): string[] {
  const lines: string[] = []
  let current = ''
  for (const word of text.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`
    if (widthOf(longer, style) <= width) {
      current = longer
      continue
    }
    if (current !== '') lines.push(current)
    const pieces = cutLines(word, style, width)
    lines.push(...pieces.slice(0, -1))
    current = pieces.at(-1)!
  }
  return [...lines, current]
}

/** Cuts a machine text, which has no words, into lines of at most `width`. */
export function cutLines(text: string, style: Style, width: number): string[] {
  const lines = ['']
  let used = 0
  for (const one of text) {
    const wide = widthOf(one, style)
    if (used + wide > width && lines.at(-1) !== '') {
      lines.push('')
      used = 0
    }
    lines[lines.length - 1] += one
    used += wide
  }
  return lines
}

/** Widths of single characters at size 1, by font: laying text out again and again is what takes time. */
const widths = { regular: new Map<string, number>(), bold: new Map<string, number>() }

/** How wide a text is drawn; our fonts have no kerning, so it is the sum of its characters. */
export function widthOf(text: string, style: Style): number {
  const known = widths[style.font]
  let sum = 0
  for (const one of text) {
    const key = style.code ? `code ${one}` : one
    let wide = known.get(key)
    if (wide === undefined) {
      const face = faceOf(one, style.font)
      wide = measuring().font(face).fontSize(1).widthOfString(one, textOptions(style))
      known.set(key, wide)
    }
    sum += wide
  }
  return sum * style.size
}

let probe: Paper | undefined

/**
 * A paper that is never finished, on which characters are measured. What is measured once is not measured again,
 * and a paper must not read differently for being the first.
 */
function measuring(): Paper {
  probe ??= withFonts(new PDFDocument({ autoFirstPage: false }))
  return probe
}

interface WithGlyphs {
  _font: { font: { hasGlyphForCodePoint(code: number): boolean } }
}

const faces = new Map<string, Face>()

/** The font that has a character: that of the text, else one of Hanja. */
function faceOf(one: string, wanted: 'regular' | 'bold'): Face {
  const known = faces.get(one)
  if (known === undefined) {
    const code = one.codePointAt(0)!
    const found = (['regular', 'hanja', 'rareHanja'] as const).find((face) => {
      const { font } = (measuring().font(face) as unknown as WithGlyphs)._font
      return font.hasGlyphForCodePoint(code)
    })
    faces.set(one, found ?? 'regular')
  }
  const face = faces.get(one)!
  return face === 'regular' ? wanted : face
}

/** Pieces of a text, each in the font that has its characters. */
function runsOf(text: string, wanted: 'regular' | 'bold') {
  const runs: { face: Face; text: string }[] = []
  for (const one of text) {
    const face = faceOf(one, wanted)
    const last = runs.at(-1)
    if (last?.face === face) last.text += one
    else runs.push({ face, text: one })
  }
  return runs
}

/** Writes lines below each other from `top`; returns where the next line would begin. */
export function write(
  paper: Paper,
  lines: readonly string[],
  style: Style,
  { x, top }: { x: number; top: number },
): number {
  paper.font(style.font).fontSize(style.size).fillColor(style.colour)
  const height = paper.currentLineHeight()
  const base = ascent(paper, style.size)
  const lead = (style.step - height) / 2
  lines.forEach((text, at) => {
    let left = x
    for (const run of runsOf(text, style.font)) {
      paper.font(run.face).fontSize(style.size)
      // Every font stands on the line of the text's own.
      const down = base - ascent(paper, style.size)
      paper.text(run.text, left, top + at * style.step + lead + down, textOptions(style))
      left += widthOf(run.text, style)
      paper.fontSize(style.size)
    }
  })
  return top + lines.length * style.step
}

function ascent(paper: Paper, size: number): number {
  const { ascender } = (paper as unknown as { _font: { ascender: number } })._font
  return (ascender / 1000) * size
}

function textOptions({ code }: Style): PDFKit.Mixins.TextOptions {
  return { lineBreak: false, features: code ? ['tnum', 'zero', 'ss06'] : [] }
}

/** The mark of the pages (views/layout/mark.ejs), `size` wide. */
export function drawMark(paper: Paper, { x, y, size }: { x: number; y: number; size: number }) {
  paper
    .save()
    .translate(x, y)
    .scale(size / 32)
  paper.roundedRect(0, 0, 32, 32, 9).fill(brand)
  paper.lineWidth(2.3).lineCap('round')
  paper
    .path('M7 9.5h3.2c3.4 0 4.3 6.5 8 6.5M7 16h11M7 22.5h3.2c3.4 0 4.3-6.5 8-6.5')
    .stroke('#ffffff')
  paper.circle(22.2, 16, 3.1).fill('#f2b33d')
  paper.restore()
}

/**
 * A QR code with its quiet zone in a square of `size`, as one shape: drawn square by square, viewers would
 * show hairlines between the rows.
 */
export function drawCode(
  paper: Paper,
  modules: readonly (readonly boolean[])[],
  { x, y, size }: { x: number; y: number; size: number },
): void {
  paper
    .save()
    .translate(x, y)
    .scale(size / modules.length)
  modules.forEach((row, top) => {
    for (let left = 0; left < row.length; left++) {
      let width = 0
      while (row[left + width]) width++
      if (width > 0) paper.rect(left, top, width, 1)
      left += width
    }
  })
  paper.fill('#000000').restore()
}
