/** Keeps what is held at one time below a number of bytes. */
export interface MemoryGate {
  /** Room for so many bytes until the returned function is called; null when there is none now. */
  enter(bytes: number): (() => void) | null
}

export function memoryGate(mostBytes: number): MemoryGate {
  let held = 0
  return {
    enter(bytes) {
      // One upload always fits when nothing else is there, whatever the setting.
      if (held > 0 && held + bytes > mostBytes) return null
      held += bytes
      let inside = true
      return () => {
        if (inside) held -= bytes
        inside = false
      }
    },
  }
}
