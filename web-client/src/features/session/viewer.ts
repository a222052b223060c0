import { createContext, useContext } from 'react';

/** Who is signed in. */
export const ViewerContext = createContext({ id: '', name: '' });
export const useViewer = () => useContext(ViewerContext);
