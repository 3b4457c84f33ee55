import * as paper from './paper'
import type { Paper, Style } from './paper'

/** A paper that is being written: every text is a paragraph for screen readers, in the order it is drawn. */
export interface Sheet {
  paper: Paper
  write(
    kind: 'H1' | 'H2' | 'P' | 'Code',
    lines: readonly string[],
    style: Style,
    at: { x: number; top: number },
  ): number
  /** Breaks a text at spaces and writes it. */
  words(
    kind: 'H1' | 'H2' | 'P',
    text: string,
    style: Style,
    at: { x: number; top: number; width: number },
  ): number
  picture(alt: string, draw: () => void): void
  /** What means nothing by itself. */
  ornament(draw: () => void): void
  addPage(): void
  end(): void
}

/** The sheet of a paper; `end` closes its structure. */
export function sheetOf(made: Paper): Sheet {
  const root = made.struct('Document')
  made.addStructure(root)
  const sheet: Sheet = {
    paper: made,
    write(kind, lines, style, at) {
      let end = at.top
      root.add(
        made.struct(kind, {}, () => {
          end = paper.write(made, lines, style, at)
        }),
      )
      return end
    },
    words(kind, text, style, { width, ...at }) {
      return sheet.write(kind, paper.breakLines(text, style, width), style, at)
    },
    picture(alt, draw) {
      root.add(made.struct('Figure', { alt }, draw))
    },
    ornament(draw) {
      made.markContent('Artifact', { type: 'Layout' })
      draw()
      made.endMarkedContent()
    },
    addPage: () => void made.addPage(),
    end: () => root.end(),
  }
  return sheet
}
