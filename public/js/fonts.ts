/**
 * Our own words have a small font that is in the page already. What people typed may hold any of
 * 11,172 syllables, accented letters, and Hanja: their fonts come after the page is shown, in pieces the browser picks.
 */
export function fontsForTypedText(): void {
  const me = document.querySelector<HTMLScriptElement>('script[data-text-css]')
  if (!me) return
  const loaded = new Set<string>()
  const load = (href: string | undefined) => {
    if (!href || loaded.has(href)) return
    loaded.add(href)
    const link = document.createElement('link')
    link.rel = 'stylesheet'
    link.href = href
    document.head.append(link)
  }
  const look = (text: string) => {
    if (/[\p{Script=Hangul}\u00c0-\u017f]/u.test(text)) load(me.dataset.textCss)
    if (/\p{Script=Han}/u.test(text)) load(me.dataset.hanjaCss)
  }
  for (const element of document.querySelectorAll('.user-text')) look(element.textContent ?? '')
  for (const field of document.querySelectorAll<HTMLInputElement>('input, textarea')) look(field.value)
  document.addEventListener('input', (event) => {
    const field = event.target
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) look(field.value)
  })
}
