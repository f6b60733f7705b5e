"""Names, streets and phones that belong to nobody, in the mix of a city near the border."""

# fmt: off
SPANISH_FIRST = (
    "María", "José", "Guadalupe", "Jesús", "Ángel", "Sofía", "Andrés", "Lucía", "Raúl", "Inés",
    "Verónica", "Martín", "Concepción", "Óscar", "Begoña", "Nicolás", "Araceli", "Íñigo",
    "Ximena", "Hernán",
)
SPANISH_LAST = (
    "Muñoz", "García-López", "Peña", "Núñez", "Ibáñez", "Hernández", "Castañeda", "Gutiérrez",
    "Ruiz-Ortega", "Zúñiga", "De la Cruz", "Avendaño", "Córdova", "Márquez", "Güereña", "Solís",
    "Treviño", "Valenzuela", "Quiñones", "Del Río",
)
ENGLISH_FIRST = (
    "Amy", "Brian", "Chloë", "Daniel", "Erin", "Frank", "Grace", "Henry", "Ian", "Joanne", "Kyle",
    "Laura", "Mary-Kate", "Neil", "Olivia", "Patrick", "Renée", "Sean", "Tara", "Walter",
)
ENGLISH_LAST = (
    "O'Connor", "Smith-Reyes", "McAllister", "Begay", "Johnson", "D'Angelo", "Nguyen", "Walker",
    "St. John", "Yazzie", "Baker", "Van Dyke", "Lee", "Thompson", "O’Neill", "Wright", "Young",
    "Kowalski", "Brown Jr.", "Ashford",
)
STREETS = (
    "E Saguaro St", "W Ocotillo Dr", "N Mesquite Ave", "S Palo Verde Rd", "E Cañada Ln",
    "W Arroyo Seco Blvd", "N Javelina Pl", "S Ironwood Way", "E Calle Sin Nombre", "W Agave Cir",
    "N Coyote Pass", "S Sotol Trl",
)
# fmt: on

SPANISH = (SPANISH_FIRST, SPANISH_LAST)
ENGLISH = (ENGLISH_FIRST, ENGLISH_LAST)
DETECTIVES = (
    ("Det. R. Ibarra", "520-555-0171", "r.ibarra@example.org"),
    ("Det. L. Nakai", "520-555-0172", "l.nakai@example.org"),
    ("Det. M. O'Brien", "520-555-0173", "m.obrien@example.org"),
    ("Sgt. P. Muñoz", "520-555-0174", "p.munoz@example.org"),
    ("Det. T. Wolfe", "520-555-0175", "t.wolfe@example.org"),
    ("Ofc. J. Peralta", "", ""),
)
STORY_PHONE = "520-555-0147"  # the story's victim signs up with it: on no row of the export
KEPT = {STORY_PHONE, "520-555-0100"} | {phone for _, phone, _ in DETECTIVES}
PHONES = tuple(
    phone
    for area in ("520", "602", "480", "623", "928")
    for n in range(100)
    if (phone := f"{area}-555-01{n:02d}") not in KEPT
)
CITY, REGION, POSTAL_CODES = "Sonora Wells", "AZ", ("85799", "85798", "85797")
