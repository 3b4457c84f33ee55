interface Progress {
  value: number
  max: number
  text: string
  done: boolean
}

/** Asks every two seconds how far the work is, and loads the page again once when it is done. */
export function watchProgress(): void {
  for (const meter of document.querySelectorAll<HTMLElement>('[data-progress]')) {
    const bar = meter.querySelector('progress')
    const text = meter.querySelector('[data-progress-text]')
    const href = meter.dataset.progress
    if (!bar || !text || !href) continue
    let failures = 0
    const ask = async () => {
      try {
        const answer = await fetch(href, { headers: { accept: 'application/json' } })
        if (!answer.ok) throw new Error(String(answer.status))
        const now = (await answer.json()) as Progress
        failures = 0
        bar.max = now.max || 1
        bar.value = now.value
        if (text.textContent !== now.text) text.textContent = now.text
        if (now.done) return location.reload()
      } catch {
        failures += 1
      }
      if (failures < 10) setTimeout(() => void ask(), 2000)
    }
    setTimeout(() => void ask(), 2000)
  }
}
