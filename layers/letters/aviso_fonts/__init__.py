"""The letters' font: Source Sans Pro 2.020 by Adobe, unchanged, under the SIL Open Font License.

It has every Latin letter with all accents. Another script is another pair of files here
(`aviso.letters.pdf.fonts`).
"""
