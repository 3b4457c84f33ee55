import type { ShownFacts, ShownResult } from '../../../server/ledger/receipts/show-result'

/**
 * The result as views/verify/result.ejs writes it, from the templates that stand on the page: the same
 * pieces in the same order, so that all words come from the language files.
 */
export function pieces(result: ShownResult): Node[] {
  const list = [clone(`[data-verdict="${result.verdict}"]`)]
  if (result.facts) list.push(filled(result.facts))
  if (result.parts.length) {
    const parts = clone('[data-piece="parts"]')
    const lines = result.parts.map(({ part, state }) => clone(`[data-line="${part} ${state}"]`))
    parts.querySelector('ul')?.append(...lines)
    list.push(parts)
  }
  if (result.verdict.startsWith('right')) list.push(clone(`[data-piece="means ${result.kind}"]`))
  return list
}

/** The name of a case that the page knows, by its slug. */
export function titleOf(slug: string): string | undefined {
  const known = document.querySelectorAll<HTMLTemplateElement>('template[data-case]')
  return [...known].find(({ dataset }) => dataset.case === slug)?.content.textContent ?? undefined
}

export function clone(selector: string): DocumentFragment {
  const template = document.querySelector<HTMLTemplateElement>(`template${selector}`)
  if (!template) throw new Error(`the page has no ${selector}`)
  return document.importNode(template.content, true)
}

function filled(facts: ShownFacts): DocumentFragment {
  const piece = clone('[data-piece="facts"]')
  for (const slot of piece.querySelectorAll<HTMLElement>('[data-fill]')) {
    const text = facts[slot.dataset.fill as keyof ShownFacts]
    const row = slot.closest<HTMLElement>('[data-row]') ?? slot
    slot.textContent = text
    row.hidden = text === ''
  }
  return piece
}
