import type { Express } from 'express'
import { declared, type Declaration, type Declared } from './routes'

/** The declarations of all routes that `app` answers, in the order they are tried. */
export function declarationsOf(app: Express): Declaration[] {
  return walk(app).flatMap(({ declaration }) => declaration ?? [])
}

/** Routes mounted without saying who may use them, as `GET /path`; a test wants none. */
export function undeclaredRoutes(app: Express): string[] {
  return walk(app).flatMap(({ name, declaration }) => (declaration ? [] : name))
}

interface Layer {
  method?: string
  name: string
  rawPath?: unknown
  handle: Declared & { stack?: Layer[] }
  route?: { path: unknown; stack: Layer[] }
}

function walk(app: Express): { name: string; declaration: Declaration | undefined }[] {
  const visit = (stack: Layer[], prefix: string): ReturnType<typeof walk> =>
    stack.flatMap((layer) => {
      if (layer.route) {
        const path = prefix + String(layer.route.path)
        const first = new Map<string, Layer>()
        for (const handler of layer.route.stack) {
          const method = handler.method ?? 'all'
          if (!first.has(method)) first.set(method, handler)
        }
        return [...first].map(([method, { handle }]) => ({
          name: `${method.toUpperCase()} ${path}`,
          declaration: handle[declared] && { ...handle[declared], path },
        }))
      }
      const under = typeof layer.rawPath === 'string' && layer.rawPath !== '/' ? layer.rawPath : ''
      if (layer.handle.stack) return visit(layer.handle.stack, prefix + under)
      // A whole application inside: its routes cannot be seen from here.
      if (layer.name === 'mounted_app')
        return [{ name: `USE ${prefix}${under}`, declaration: undefined }]
      return []
    })
  return visit((app as unknown as { router: { stack: Layer[] } }).router.stack, '')
}
