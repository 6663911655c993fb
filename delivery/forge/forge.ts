/** Pull requests, whatever the host calls them. */

export interface PullRequest {
  /** In the repository. */
  readonly number: number;
  readonly branch: string;
  /** For people. */
  readonly url: string;
}

export interface NewPullRequest {
  readonly branch: string;
  /** Branch that it is to be merged into. */
  readonly into: string;
  readonly title: string;
  readonly body: string;
}

/** All of them throw Error with the host's own words when it refuses. */
export interface Forge {
  /** Open ones whose branch begins like this. */
  open(prefix: string): Promise<PullRequest[]>;
  create(request: NewPullRequest): Promise<PullRequest>;
  /** Closes without merging. */
  close(request: PullRequest, comment: string): Promise<void>;
}

export interface ForgeLogin {
  /** Of the API, without a slash at the end. */
  readonly apiUrl: string;
  /** `owner/name`; for GitLab with all its groups. */
  readonly project: string;
  readonly token: string;
}

export type Provider = "github" | "gitlab" | "gitea";
