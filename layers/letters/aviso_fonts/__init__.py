"""The letters' fonts, each under the SIL Open Font License.

Source Sans Pro 2.020 by Adobe, unchanged, has every Latin letter with all accents (`LICENSE.txt`).
Noto Sans Arabic 2.005 by Google has the letters of Arabic and its joined forms; tables and letters
that no letter uses were taken out (`LICENSE-Noto.txt`). Another script is another pair of files
(`aviso.letters.fonts`).
"""
