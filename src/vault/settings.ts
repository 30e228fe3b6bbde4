/** An account that can be linked, as its hand knows it: what the configuration says, with the client secret itself. */
export interface AccountSettings {
  readonly name: string;
  readonly system: string;
  readonly zone: 'read' | 'write';
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint: string | null;
  /** What a revocation ends at the issuer: the token with what was given beside it, or all that the client was ever given for the same account. */
  readonly revocationEnds: 'token' | 'grant';
  readonly userinfoEndpoint: string | null;
  /** Where the issuer says whose a token is; `id` and `name` are names with dots between. */
  readonly account: { readonly from: 'token' | 'id-token' | 'userinfo'; readonly id: string; readonly name: string };
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly clientAuthentication: 'basic' | 'post';
  readonly scopes: readonly string[];
  readonly tokenType: string;
  readonly issInResponse: boolean;
  /** The only account id that may be linked; null: a person decides alone. */
  readonly tenant: string | null;
  /** The only address that the issuer may send the browser back to. */
  readonly redirectUri: string;
  /** The absolute path of the credential file. */
  readonly file: string;
}
