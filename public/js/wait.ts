const everyMs = 1000

/** A page that waits for the worker asks every second whether it has answered, and then loads again. */
export function waitForAnswer(): void {
  const region = document.querySelector<HTMLElement>('[data-wait]')
  const href = region?.dataset.wait
  if (!href) return
  const startedMs = Date.now()
  const ask = async () => {
    try {
      const answer = await fetch(href, { headers: { accept: 'application/json' } })
      const { done } = (await answer.json()) as { done: boolean }
      // Somebody has begun something on it meanwhile that loading would undo.
      if (region.dataset.wait === undefined) return
      // After a minute the page is loaded all the same: it then says that it takes long.
      if (done || Date.now() - startedMs > 60_000) return location.reload()
    } catch {
      // Asked again.
    }
    setTimeout(() => void ask(), everyMs)
  }
  setTimeout(() => void ask(), everyMs)
}
