/** A form that is on its way is not sent again; coming back to the page makes it usable again. */
export function sendOnce(): void {
  const sent = new WeakSet<HTMLFormElement>()
  let forms: HTMLFormElement[] = []
  document.addEventListener('submit', (event) => {
    const form = event.target
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return
    if (form.method.toLowerCase() !== 'post' || form.dataset.repeatable !== undefined) return
    if (sent.has(form)) return event.preventDefault()
    sent.add(form)
    forms.push(form)
    form.setAttribute('aria-busy', 'true')
    // A download keeps the page: the form must not stay dead.
    setTimeout(() => free(form), 8000)
  })
  const free = (form: HTMLFormElement) => {
    sent.delete(form)
    form.removeAttribute('aria-busy')
  }
  window.addEventListener('pageshow', () => {
    forms.forEach(free)
    forms = []
  })
}
