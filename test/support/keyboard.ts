import type { Page } from 'playwright-core'

/** One stop of the Tab key, as seen from outside. */
interface Stop {
  /** Index among what the page offers, or -1 for anything else. */
  index: number
  what: string
  /** Whether it or what stands for it looks otherwise than before it had the focus. */
  marked: boolean
  /** Whether it is in the window and nothing lies over all of it. */
  inSight: boolean
}

/**
 * In the page: what can be worked on it, in order, and how each looks without the focus. A group of radio buttons is
 * one stop. Links and buttons of the browser's own and everything that says it is one count alike.
 */
const begin = `(() => {
  const look = (element) => {
    const parts = [element, ...(element.labels ?? []), element.parentElement]
    return parts.map((part) => ['', '::before', '::after'].map((pseudo) => {
      const style = getComputedStyle(part, pseudo)
      return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow, style.backgroundColor,
        style.borderTopColor, style.borderTopWidth, style.borderBottomColor, style.borderBottomWidth].join()
    }).join()).join('|')
  }
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [contenteditable=true],' +
    '[tabindex]:not([tabindex="-1"]), [onclick], [role=button], [role=link], [role=tab], [role=checkbox]'
  const groups = new Set()
  const offered = [...document.querySelectorAll(wanted)].filter((element) => {
    // A name kept for the password manager alone is nobody's to work.
    if (element.tabIndex < 0 && element.readOnly && element.autocomplete === 'username') return false
    if (element.disabled || element.closest('[inert]') || !element.checkVisibility({ visibilityProperty: true })) return false
    if (element.type !== 'radio') return true
    const group = element.name + ' ' + (element.form?.action ?? '')
    if (groups.has(group)) return false
    groups.add(group)
    return true
  })
  const before = document.activeElement
  document.activeElement?.blur?.()
  // The browser begins after what was pressed or shown last; so it begins at the top.
  const top = document.createElement('span')
  top.tabIndex = -1
  document.body.prepend(top)
  top.focus({ preventScroll: true })
  scrollTo(0, 0)
  window.tabStops = { offered, looks: offered.map(look), look, before }
  top.remove()
  return offered.length
})()`

const stop = `(() => {
  const { offered, looks, look } = window.tabStops
  const element = document.activeElement
  if (!element || element === document.body || element === document.documentElement) return null
  const same = (other) => other === element || (element.type === 'radio' && other.type === 'radio' &&
    other.name === element.name && other.form === element.form)
  const index = offered.findIndex(same)
  const boxes = [...[element, ...(element.labels ?? [])].flatMap((one) => [...one.getClientRects()])]
  const stands = (found) => found && (element.contains(found) || found.contains(element) && found.tagName === 'LABEL' ||
    [...(element.labels ?? [])].some((label) => label.contains(found)))
  const inSight = boxes.some(({ left, top, width, height }) =>
    [[0.5, 0.5], [0.02, 0.2], [0.98, 0.8]].some(([x, y]) =>
      stands(document.elementFromPoint(left + width * x, top + height * y))))
  const what = element.tagName.toLowerCase() + (element.id ? '#' + element.id : '') + ' ' +
    (element.textContent.trim() || element.getAttribute('aria-label') || element.name || '').slice(0, 40)
  // A date is several stops within one field, and the browser marks the part.
  const part = element === window.tabStops.last
  window.tabStops.last = element
  return { index, what, inSight, marked: part || index < 0 || looks[index] !== look(element) || element !== offered[index] }
})()`

/**
 * Fails unless the Tab key alone comes to everything that can be worked on the page, in the order in which it is
 * read, each time with a mark that can be seen and nothing lying over it (WCAG 2.2: 2.1.1, 2.1.2, 2.4.3, 2.4.7, 2.4.11).
 */
export async function expectKeyboard(page: Page): Promise<void> {
  const offered = Number(await page.evaluate(begin))
  const stops: Stop[] = []
  for (let pressed = 0; pressed <= 2 * offered + 3; pressed++) {
    await page.keyboard.down('Tab')
    const found = (await page.evaluate(stop)) as Stop | null
    // After the last one comes the browser's own bar, or the first one again.
    if (found === null || (stops.length > 0 && found.index === stops[0]!.index)) break
    stops.push(found)
  }
  await page.keyboard.up('Tab')
  // Back from the browser's own bar, and to where it began.
  await page.keyboard.press('Shift+Tab')
  await page.evaluate(
    'document.activeElement.blur(); window.tabStops.before?.focus({ preventScroll: true })',
  )
  const order = stops.map(({ index }) => index).filter((index) => index >= 0)
  const missed = Array.from({ length: offered }, (_, index) => index).filter(
    (index) => !order.includes(index),
  )
  const faults = [
    ...stops.filter(({ marked }) => !marked).map(({ what }) => `no mark of the focus: ${what}`),
    ...stops.filter(({ inSight }) => !inSight).map(({ what }) => `focused out of sight: ${what}`),
    ...order.flatMap((index, at) =>
      at > 0 && index < order[at - 1]! ? [`out of order: ${stops[at]!.what}`] : [],
    ),
  ]
  for (const index of missed) {
    const what = await page.evaluate(
      `window.tabStops.offered[${index}].outerHTML.slice(0, 120).replaceAll(/\\s+/g, ' ')`,
    )
    faults.push(`not reached: ${String(what)}`)
  }
  if (faults.length) throw new Error(`${page.url()} by the keyboard alone:\n${faults.join('\n')}`)
}
