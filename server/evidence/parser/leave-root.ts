/** `nobody` on most systems; any number would do that owns nothing and runs nothing else. */
const nobody = 65_534

/**
 * Gives up the rights of root for good, where the process has them: what takes it over afterwards can read
 * neither the keys in the environment of the process that started it nor its memory. Started by anybody
 * else than root, a process can only stay who it is.
 * @returns whether it left
 * @throws Error when it cannot: then nothing may be parsed
 */
export function leaveRoot(): boolean {
  if (process.getuid?.() !== 0) return false
  // The user last: after it, nothing more can be given up.
  process.setgroups!([])
  process.setgid!(nobody)
  process.setuid!(nobody)
  return true
}
