import ConditionalComputationLesson
import CostLesson
import FlashTilingLesson
import HundredThousandLesson
import LessonKit
import MemoryAt100KLesson
import MultiQueryLesson
import PositionsLesson
import RecomputationLesson
import SparseMasksLesson
import WhyContextLesson

/// The lessons of the course; each is ordered by the number on its card.
package let course = LessonRegistry([
  WhyContextLesson.self, CostLesson.self, PositionsLesson.self, SparseMasksLesson.self,
  FlashTilingLesson.self, MultiQueryLesson.self, ConditionalComputationLesson.self,
  RecomputationLesson.self, MemoryAt100KLesson.self, HundredThousandLesson.self,
])

/// The names of the lessons, for shell completion.
var lessonNames: [String] { course.cards.map(\.slug) }
