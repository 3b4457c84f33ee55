export function copyButtons(): void {
  if (!navigator.clipboard) return
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-copy]')) {
    button.hidden = false
    const words = button.firstChild
    const before = words?.textContent ?? ''
    button.addEventListener('click', () => {
      void navigator.clipboard.writeText(button.dataset.copy ?? '').then(() => {
        const done = button.dataset.done ?? ''
        const status = button.closest('.copyable')?.querySelector('[data-copy-status]')
        if (words) words.textContent = done
        if (status) status.textContent = done
        setTimeout(() => {
          if (words) words.textContent = before
          if (status) status.textContent = ''
        }, 4000)
      })
    })
  }
}
