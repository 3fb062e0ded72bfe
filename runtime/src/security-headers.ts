import type { RequestHandler } from 'express'
import helmet from 'helmet'

/**
 * For answers that are data: a browser that is made to show one runs nothing in it, frames it nowhere and does not
 * guess what it is. A page says its own policy. What helmet sets beyond that is for browsers of the past, or for pages.
 */
export function securityHeaders({ isHttps }: { isHttps: boolean }): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] },
    },
    // Its neighbours below the same domain may speak plain HTTP.
    strictTransportSecurity: isHttps && { includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  })
}
