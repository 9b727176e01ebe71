/** A gateway that runs on some host and answers HTTP. */
export interface RunningHost {
  /** Without a slash at the end. */
  readonly url: string
  stop(): Promise<void>
}

/**
 * Starts the gateway on a host with these settings and nothing else.
 *
 * @throws Error with what the host said, when it refuses to start.
 */
export type StartHost = (options: { readonly env: Readonly<Record<string, string>> }) => Promise<RunningHost>
