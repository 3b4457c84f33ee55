import { inflateSync } from 'node:zlib'

/** What a PDF of pdfkit's draws, read from the file: enough to know that nothing is missing on the paper. */
export interface DrawnPdf {
  pages: number
  /** all texts in the order they are drawn, decoded as a reader's search and copy do, one a line */
  text: string
  /** characters that no glyph was found for */
  missing: number
  /** names of the fonts; every one of them is in the file */
  fonts: string[]
  /** rectangles one unit high: the rows of a QR code */
  bars: { x: number; y: number; width: number }[]
}

export function readPdf(bytes: Buffer): DrawnPdf {
  const objects = new Map<string, { head: string; stream: string }>()
  const file = bytes.toString('latin1')
  for (const [, id, body] of file.matchAll(/\n(\d+) 0 obj\n([\s\S]*?)\nendobj/g)) {
    const [head = '', ...rest] = body!.split('\nstream\n')
    const packed = Buffer.from(rest.join('\nstream\n').replace(/\nendstream$/, ''), 'latin1')
    const stream =
      head.includes('/FlateDecode') && !head.includes('/Length1')
        ? inflateSync(packed).toString('latin1')
        : ''
    objects.set(id!, { head, stream })
  }
  const all = [...objects.values()]
  const reference = (head: string, key: string) =>
    new RegExp(`/${key} \\[?(\\d+) 0 R`).exec(head)?.[1] ?? ''

  const fonts = new Map<string, { name: string; codes: string[] }>()
  for (const { head } of all) {
    for (const [, name, id] of head.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      const font = objects.get(id!)!.head
      const drawn = objects.get(reference(font, 'DescendantFonts'))?.head ?? ''
      const descriptor = objects.get(reference(drawn, 'FontDescriptor'))?.head ?? ''
      const embedded = ['FontFile2', 'FontFile3'].some((key) =>
        objects.has(reference(descriptor, key)),
      )
      if (!embedded) throw new Error('a font is not embedded')
      const map = objects.get(reference(font, 'ToUnicode'))!.stream
      const codes = [...map.matchAll(/\[([^\]]*)\]/g)].flatMap(([, list]) =>
        [...list!.matchAll(/<([0-9a-f ]*)>/g)].map(([, hex]) => textOf(hex!)),
      )
      fonts.set(name!, { name: /\/BaseFont \/(\S+)/.exec(font)![1]!, codes })
    }
  }

  const pages = all.filter(({ head }) => /\/Type \/Page\b/.test(head))
  const contents = pages.map(({ head }) => objects.get(reference(head, 'Contents'))!.stream)
  let missing = 0
  const lines: string[] = []
  for (const content of contents) {
    let codes: string[] = []
    for (const [, font, shown] of content.matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
      if (font) codes = fonts.get(font)!.codes
      if (shown === undefined) continue
      const glyphs = [...shown.matchAll(/<([0-9a-f]+)>/g)].flatMap(([, hex]) =>
        hex!.match(/.{4}/g)!.map((one) => parseInt(one, 16)),
      )
      missing += glyphs.filter((glyph) => glyph === 0).length
      lines.push(glyphs.map((glyph) => codes[glyph]).join(''))
    }
  }
  const bars = contents.flatMap((content) =>
    [...content.matchAll(/^(\d+) (\d+) (\d+) 1 re$/gm)].map(([, x, y, width]) => ({
      x: Number(x),
      y: Number(y),
      width: Number(width),
    })),
  )
  return {
    pages: pages.length,
    text: lines.join('\n'),
    missing,
    fonts: [...fonts.values()].map(({ name }) => name),
    bars,
  }
}

/** UTF-16 in hex, in pieces. */
function textOf(hex: string): string {
  const units = hex.replaceAll(' ', '').match(/.{4}/g) ?? []
  return String.fromCharCode(...units.map((unit) => parseInt(unit, 16)))
}
