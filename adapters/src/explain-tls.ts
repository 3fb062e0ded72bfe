/** What Node and OpenSSL say, as code or as text (drivers keep one of the two), and what it means for who set it up. */
const explanations: readonly (readonly [RegExp, string])[] = [
  [/certificate has expired|CERT_HAS_EXPIRED/i, "the server's certificate has expired"],
  [/certificate is not yet valid/i, "the server's certificate is not valid yet; look at the clocks"],
  [
    /self[- ]signed certificate|unable to verify the first certificate|unable to get (?:local )?issuer certificate|certificate signature failure/i,
    "the server's certificate is not of an authority that is trusted here; set the CA_FILE of this store",
  ],
  [/does not match certificate's altnames|ALTNAME_INVALID/i, "the server's certificate is for another host than the one in the URL"],
  [/wrong version number|packet length too long|does not support secure connection/i, 'the server does not speak TLS on this port'],
  [/alert certificate required/i, 'the server wants a certificate; set the CERT_FILE and KEY_FILE of this store'],
  [/alert (?:bad certificate|certificate expired|unknown ca|certificate unknown)/i, 'the server does not take our certificate; see the CERT_FILE of this store'],
]

/** In plain words why TLS to a store failed; undefined when something else did. */
export function explainTls(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const text = `${'code' in error ? String(error.code) : ''} ${error.message}`
  return explanations.find(([pattern]) => pattern.test(text))?.[1] ?? explainTls(error.cause)
}

/** Why something failed, in plain words where TLS did. */
export function reasonOf(error: unknown): string {
  return explainTls(error) ?? (error instanceof Error ? error.message : String(error))
}
