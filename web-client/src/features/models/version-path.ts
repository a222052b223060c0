/** The page of one version. */
export function pathOfVersion(id: string) {
  return { to: '/models/versions/$versionId', params: { versionId: id } } as const;
}
