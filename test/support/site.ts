import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Site {
  /** `http://127.0.0.1:<port>` */
  url: string
  port: number
  /** Ends it and every connection that a browser still keeps. */
  close(): void
}

/** Serves an app on a free port, or on this one, for a browser. */
export async function openSite(app: RequestListener, wanted = 0): Promise<Site> {
  const server = createServer(app)
  server.listen(wanted, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
