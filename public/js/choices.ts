type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

/** Shows `data-when="question" data-is="a,b"` only while that question has one of the answers; what hides is not sent. */
export function conditionalQuestions(): void {
  const parts = [...document.querySelectorAll<HTMLElement>('[data-when]')]
  if (!parts.length) return
  const update = () => {
    for (const part of parts) {
      const form = part.closest('form') ?? document
      const wanted = (part.dataset.is ?? '').split(',')
      const fields = form.querySelectorAll<Field>(`[name="${CSS.escape(part.dataset.when ?? '')}"]`)
      // The question is not on this page: the server decided already.
      const shown = !fields.length || [...fields].some((f) => isGiven(f) && wanted.includes(f.value))
      part.hidden = !shown
      for (const field of part.querySelectorAll<Field>('input, select, textarea')) {
        field.disabled = !shown
      }
    }
  }
  document.addEventListener('change', update)
  // Coming back with the back button restores answers after scripts ran.
  window.addEventListener('pageshow', update)
  update()
}

function isGiven(field: Field): boolean {
  if (field.disabled) return false
  if (field instanceof HTMLInputElement && /radio|checkbox/.test(field.type)) return field.checked
  return true
}

/** "None of these" clears the others, and they clear it. */
export function standAloneChoice(): void {
  for (const group of document.querySelectorAll<HTMLElement>('[data-none]')) {
    group.addEventListener('change', (event) => {
      const changed = event.target
      if (!(changed instanceof HTMLInputElement) || !changed.checked) return
      const none = group.dataset.none
      for (const other of group.querySelectorAll<HTMLInputElement>('input')) {
        if (other !== changed && (changed.value === none) !== (other.value === none)) {
          other.checked = false
        }
      }
    })
  }
}
